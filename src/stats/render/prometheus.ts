import type { MergedHistogram } from '../histogram/merged-histogram.ts'
import { approximateSum, countsUpTo, QUANTILES, quantileValues } from '../histogram/statistics.ts'
import type { MergedStats, MergedText } from '../merged-stats.ts'
import type { BucketBounds } from './bucket-bounds.ts'
import { generalFormat, shortestFormat } from '../../base/number-format.ts'
import { hostMetrics } from './host-numbers.ts'
import { escaped, type PrometheusName, type PrometheusNames } from './prometheus-name.ts'
import { select, type ShownNumber } from './selection.ts'
import type { StatsQuery } from './stats-query.ts'

/** Enough digits for any double, as Envoy prints bounds and sums. */
const DIGITS = 32

/**
 * /stats/prometheus, text format 0.0.4: counters, gauges, text readouts, histograms; in each by metric, within a metric
 * by stat name. `query.buckets` may be 'summary' (quantiles of the last interval); anything else gives buckets.
 */
export function renderPrometheus(
  stats: MergedStats,
  query: StatsQuery,
  bounds: BucketBounds,
  names: PrometheusNames,
): string {
  const { counters, gauges, texts, histograms } = select(stats, { ...query, type: 'All' })
  const summaries = query.buckets === 'summary'
  const out: string[] = []
  metrics(out, counters, names, 'counter', numberLine)
  metrics(out, gauges, names, 'gauge', numberLine)
  if (query.textReadouts) metrics(out, texts, names, 'gauge', textLine)
  if (summaries) metrics(out, histograms, names, 'summary', summaryLines)
  else metrics(out, histograms, names, 'histogram', (name, histogram) => bucketLines(name, histogram, bounds))
  out.push(hostMetrics(query))
  return out.join('')
}

function metrics<T extends { readonly name: string }>(
  out: string[],
  stats: readonly T[],
  names: PrometheusNames,
  type: string,
  lines: (name: PrometheusName, stat: T) => string,
): void {
  const byBase = new Map<string, { readonly name: PrometheusName; readonly stat: T }[]>()
  for (const stat of stats) {
    const name = names.of(stat)
    const group = byBase.get(name.base)
    if (group === undefined) byBase.set(name.base, [{ name, stat }])
    else group.push({ name, stat })
  }
  for (const base of [...byBase.keys()].sort()) {
    const group = byBase.get(base) ?? []
    out.push(`# TYPE ${group[0]?.name.metric} ${type}\n`)
    for (const { name, stat } of group) out.push(lines(name, stat))
  }
}

function numberLine({ metric, labels }: PrometheusName, { value }: ShownNumber): string {
  return `${metric}{${labels}} ${value}\n`
}

function textLine({ metric, labels }: PrometheusName, { text }: MergedText): string {
  return `${metric}{${joined(labels, `text_value="${escaped(text)}"`)}} 0\n`
}

function bucketLines({ metric, labels }: PrometheusName, histogram: MergedHistogram, bounds: BucketBounds): string {
  const samples = histogram.cumulative.sorted()
  const limits = bounds(histogram.name)
  const counts = countsUpTo(samples, limits)
  const total = histogram.cumulative.sampleCount()
  const line = (bound: string, count: number): string =>
    `${metric}_bucket{${joined(labels, `le="${bound}"`)}} ${count}\n`
  const buckets = limits.map((limit, i) => line(generalFormat(limit, DIGITS), counts[i]!)).join('')
  const sum = generalFormat(approximateSum(samples), DIGITS)
  return `${buckets}${line('+Inf', total)}${metric}_sum{${labels}} ${sum}\n${metric}_count{${labels}} ${total}\n`
}

function summaryLines({ metric, labels }: PrometheusName, histogram: MergedHistogram): string {
  const samples = histogram.interval.sorted()
  const values = quantileValues(samples, QUANTILES)
  const quantiles = QUANTILES.map(
    (quantile, i) =>
      `${metric}{${joined(labels, `quantile="${shortestFormat(quantile)}"`)}} ${generalFormat(values[i]!, DIGITS)}\n`,
  ).join('')
  const sum = generalFormat(approximateSum(samples), DIGITS)
  return `${quantiles}${metric}_sum{${labels}} ${sum}\n${metric}_count{${labels}} ${histogram.interval.sampleCount()}\n`
}

function joined(labels: string, label: string): string {
  return labels === '' ? label : `${labels},${label}`
}
