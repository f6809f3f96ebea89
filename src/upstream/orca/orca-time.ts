/** Wall-clock milliseconds in a shared 32-bit number. 0 is never; it wraps after 24 days, and ages do not. */
const WRAP = 2 ** 31 - 1

export const NEVER = 0

export function stampOf(wallMs: number): number {
  return (Math.floor(wallMs) % WRAP) + 1
}

/** ms; 0 for what is to come, as clocks of threads differ by a little. */
export function ageOf(stamp: number, wallMs: number): number {
  const age = (stampOf(wallMs) - stamp + WRAP) % WRAP
  return age > WRAP / 2 ? 0 : age
}
