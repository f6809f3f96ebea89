import type { HostNumber } from './host-number.ts'

/** How /stats shows histograms. */
export type HistogramBuckets = 'summary' | 'cumulative' | 'disjoint' | 'detailed'

export type StatType = 'All' | 'Counters' | 'Gauges' | 'Histograms' | 'TextReadouts'

/** What a request to /stats asks for. */
export interface StatsQuery {
  readonly usedOnly: boolean
  readonly type: StatType
  /** Whether a stat of this full name was asked for; undefined: any is. */
  readonly wanted: ((name: string) => boolean) | undefined
  /** Undefined: what the format does by itself, which is quantiles, but buckets for Prometheus. */
  readonly buckets: HistogramBuckets | undefined
  /** /stats/prometheus: text readouts as gauges of value 0 with the text in a label. */
  readonly textReadouts: boolean
  /** Listed behind counters and gauges. */
  readonly hosts?: readonly HostNumber[]
}

/** Everything, as plain /stats shows it. */
export const EVERYTHING: StatsQuery = {
  usedOnly: false,
  type: 'All',
  wanted: undefined,
  buckets: undefined,
  textReadouts: false,
}
