/**
 * What a slot holds until it is first written. Negative zero counts as zero in every sum, yet any addition or
 * assignment turns it into something else, so "was it ever used" costs the writer nothing.
 */
export const UNTOUCHED = -0

/** Whether a slot has ever been written. */
export function isTouched(value: number): boolean {
  return !Object.is(value, UNTOUCHED)
}
