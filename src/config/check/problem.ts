/** What a rule finds wrong with a value. */
export interface Problem {
  /** Completes "must be …". */
  readonly expected: string
  readonly found?: string
}
