import type { HistogramBuckets, StatsQuery, StatType } from './stats-query.ts'

export type StatsFormat = 'text' | 'json' | 'prometheus'

/** A query as understood, or the body of a 400 reply. */
export type ParsedQuery =
  | { readonly ok: true; readonly query: StatsQuery; readonly format: StatsFormat; readonly pretty: boolean }
  | { readonly ok: false; readonly message: string }

export interface ParseQueryDeps {
  /** RE2 syntax; matches anywhere in the text. Throws what is to be said about a pattern that is not valid. */
  readonly compileFilter: (pattern: string) => (text: string) => boolean
}

const TYPES: readonly StatType[] = ['All', 'Counters', 'Gauges', 'Histograms', 'TextReadouts']
const BUCKETS: Readonly<Record<string, HistogramBuckets>> = {
  none: 'summary',
  summary: 'summary',
  cumulative: 'cumulative',
  disjoint: 'disjoint',
  detailed: 'detailed',
}

/** The query string of /stats, or of /stats/prometheus, which is the same with `format=prometheus`. */
export function parseStatsQuery(params: URLSearchParams, prometheus: boolean, deps: ParseQueryDeps): ParsedQuery {
  const format = prometheus ? 'prometheus' : (params.get('format') ?? 'text')
  if (format !== 'text' && format !== 'json' && format !== 'prometheus') {
    return refused('usage: /stats?format=(json|prometheus|text)\n')
  }
  const type = TYPES.find((name) => name === (params.get('type') ?? 'All'))
  if (type === undefined) return refused('invalid &type= param')
  const mode = params.get('histogram_buckets')
  const buckets = mode === null ? undefined : BUCKETS[mode]
  if (mode !== null && buckets === undefined) {
    return refused('usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary)\n')
  }
  if (format === 'prometheus' && (buckets === 'disjoint' || buckets === 'detailed')) {
    return refused('unsupported prometheus histogram bucket mode\n')
  }
  const wanted = filter(params.get('filter'), deps)
  if (typeof wanted === 'string') return refused(wanted)
  const flags = { usedOnly: params.has('usedonly'), textReadouts: params.has('text_readouts') }
  return { ok: true, format, pretty: params.has('pretty'), query: { ...flags, type, wanted, buckets } }
}

function filter(pattern: string | null, deps: ParseQueryDeps): ((name: string) => boolean) | string {
  if (pattern === null || pattern === '') return () => true
  try {
    return deps.compileFilter(pattern)
  } catch (error) {
    return `Invalid re2 regex: ${error instanceof Error ? error.message : String(error)}`
  }
}

function refused(message: string): ParsedQuery {
  return { ok: false, message }
}
