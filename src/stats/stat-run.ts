/** Stats as they are listed: those that stand together because their names begin alike. */
export interface StatRun<T> {
  /** With its dot; '' for names without one. */
  readonly prefix: string
  /** The rest of each name, in byte order. */
  readonly suffixes: readonly string[]
  /** At the same places. Missing: announced, and nothing has been counted. */
  readonly stats: readonly (T | undefined)[]
  /** What lists of runs are ordered by: no name of a run comes between two of another one. */
  readonly order: string
  /** The same for as long as the stats are there, whatever list they are in. */
  readonly owner: object
}
