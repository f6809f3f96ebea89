import type { HistogramBuckets, StatsQuery, StatType } from './stats-query.ts'

export type StatsFormat = 'text' | 'json' | 'prometheus' | 'html' | 'active-html'

/** A query as understood, or the body of a 400 reply. */
export type ParsedQuery =
  | { readonly ok: true; readonly query: StatsQuery; readonly format: StatsFormat; readonly pretty: boolean }
  | { readonly ok: false; readonly message: string }

export interface ParseQueryDeps {
  /** RE2 syntax; matches anywhere in the text. Throws what is to be said about a pattern that is not valid. */
  readonly compileFilter: (pattern: string) => (text: string) => boolean
}

const TYPES: readonly StatType[] = ['All', 'Counters', 'Gauges', 'Histograms', 'TextReadouts']
const FORMATS: readonly StatsFormat[] = ['text', 'json', 'prometheus', 'html', 'active-html']
const HIDDEN = ['include', 'only', 'exclude']
/** Histograms that only the binary exposition of Prometheus has. */
const NATIVE = 'prometheusnative'
const NATIVE_AS_TEXT = 'unsupported prometheusnative histogram type when not using protobuf exposition format'
const NATIVE_ELSEWHERE = 'Invalid histogram_buckets type for non prometheus stats type'
const BUCKETS: Readonly<Record<string, HistogramBuckets>> = {
  none: 'summary',
  summary: 'summary',
  cumulative: 'cumulative',
  disjoint: 'disjoint',
  detailed: 'detailed',
}

/** The query string of /stats, or of /stats/prometheus, which is the same with `format=prometheus`. */
export function parseStatsQuery(params: URLSearchParams, prometheus: boolean, deps: ParseQueryDeps): ParsedQuery {
  const wantedFormat = prometheus ? 'prometheus' : given(params, 'format', 'text')
  const format = FORMATS.find((name) => name === wantedFormat)
  if (format === undefined) return refused('usage: /stats?format=(html|active-html|json|prometheus|text)\n\n')
  const type = TYPES.find((name) => name === given(params, 'type', 'All'))
  if (type === undefined) return refused('invalid &type= param')
  const hidden = HIDDEN.find((name) => name === given(params, 'hidden', 'exclude'))
  if (hidden === undefined) return refused('usage: /stats?hidden=(include|only|exclude)\n\n')
  const mode = given(params, 'histogram_buckets', '')
  const buckets = mode === '' ? undefined : BUCKETS[mode]
  if (mode === NATIVE) return refused(format === 'prometheus' ? NATIVE_AS_TEXT : NATIVE_ELSEWHERE)
  if (mode !== '' && buckets === undefined) {
    return refused('usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n')
  }
  if (format === 'prometheus' && (buckets === 'disjoint' || buckets === 'detailed')) {
    return refused('unsupported prometheus histogram bucket mode')
  }
  const filtered = filter(params.get('filter'), deps)
  if (typeof filtered === 'string') return refused(filtered)
  // No stat here is hidden.
  const wanted = hidden === 'only' ? () => false : filtered
  const flags = { usedOnly: params.has('usedonly'), textReadouts: params.has('text_readouts') }
  return { ok: true, format, pretty: params.has('pretty'), query: { ...flags, type, wanted, buckets } }
}

/** An empty value is as good as none. */
function given(params: URLSearchParams, name: string, otherwise: string): string {
  const value = params.get(name) ?? ''
  return value === '' ? otherwise : value
}

function filter(pattern: string | null, deps: ParseQueryDeps): StatsQuery['wanted'] | string {
  if (pattern === null || pattern === '') return undefined
  try {
    return deps.compileFilter(pattern)
  } catch (error) {
    return `Invalid re2 regex: ${error instanceof Error ? error.message : String(error)}`
  }
}

function refused(message: string): ParsedQuery {
  return { ok: false, message }
}
