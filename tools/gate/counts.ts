/* What a suite did, and the sentence that sums up the gate. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export function addCounts(list: readonly Counts[]): Counts {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const counts of list) {
    sum.passed += counts.passed
    sum.failed += counts.failed
    sum.skipped += counts.skipped
  }
  return sum
}

/** Alone on the last line: CI reads it. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
