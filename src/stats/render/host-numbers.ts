/** What hosts count, where their cluster has it shown (`per_endpoint_stats`): no stats of the store, but listed with them. */
import type { HostNumber } from './host-number.ts'
import { labelList, metricName } from './prometheus-name.ts'
import type { StatsQuery } from './stats-query.ts'

/** Those that were asked for, in their order. */
export function hostNumbers({ hosts = NONE, type, wanted }: StatsQuery): readonly HostNumber[] {
  return hosts.filter((each) => (type === 'All' || type === each.type) && (wanted?.(each.name) ?? true))
}

/** By metric, counters first. `fixedLabels` are put on each. */
export function hostMetrics(query: StatsQuery, fixedLabels: string): string {
  const first = fixedLabels === '' ? '' : `${fixedLabels},`
  const numbers = hostNumbers({ ...query, type: 'All' })
  const out: string[] = []
  for (const [type, word] of TYPES) {
    const own = numbers
      .filter((each) => each.type === type)
      .map(({ base, tags, value }) => ({ base, labels: labelList(tags), value }))
      .toSorted((a, b) => (a.labels < b.labels ? -1 : 1))
    for (const base of [...new Set(own.map((each) => each.base))].toSorted()) {
      const metric = metricName(base)
      out.push(`# TYPE ${metric} ${word}\n`)
      for (const { labels, value } of own.filter((each) => each.base === base)) {
        out.push(`${metric}{${first}${labels}} ${value}\n`)
      }
    }
  }
  return out.join('')
}

const TYPES = [
  ['Counters', 'counter'],
  ['Gauges', 'gauge'],
] as const
const NONE: readonly HostNumber[] = []
