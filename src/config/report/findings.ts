/* What a report is made of. */
import type { ConfigError, SourceMap } from '../../api/config.ts'

export interface Findings {
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
}

export interface ReportSettings {
  /** Lines for excerpts; without it there are none. */
  readonly sourceMap: SourceMap | undefined
  /** For a terminal. */
  readonly colour: boolean
  /** Printed in the last line of the human form; left out when unknown. */
  readonly elapsedMs?: number
}

/** More than this nobody reads at once; the rest is counted. */
export const reportCap = 20

/** Errors and warnings together, in the order of their places; what has no place comes first. */
export function byPlace({ errors, warnings }: Findings): readonly ConfigError[] {
  const files = new Map<string, number>()
  const all = [...errors, ...warnings]
  for (const { place } of all) if (place !== undefined && !files.has(place.file)) files.set(place.file, files.size)
  const rank = ({ place }: ConfigError): readonly [number, number, number] =>
    place === undefined ? [-1, 0, 0] : [files.get(place.file) ?? 0, place.line, place.column]
  return all.toSorted((a, b) => compare(rank(a), rank(b)))
}

function compare(a: readonly [number, number, number], b: readonly [number, number, number]): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

/** `1 error, 2 warnings`. */
export function countFindings({ errors, warnings }: Findings): string {
  return `${plural(errors.length, 'error')}, ${plural(warnings.length, 'warning')}`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
