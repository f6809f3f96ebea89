import { TextChunks } from '../../base/text-chunks.ts'
import { MergedHistogram } from '../histogram/merged-histogram.ts'
import { approximateSum, countsUpTo, QUANTILES, quantileValues } from '../histogram/statistics.ts'
import type { MergedStats } from '../merged-stats.ts'
import type { StatRun } from '../stat-run.ts'
import type { BucketBounds } from './bucket-bounds.ts'
import { generalFormat, shortestFormat } from '../../base/number-format.ts'
import { hostMetrics } from './host-numbers.ts'
import { escaped, type MetricName, type PrometheusNames } from './prometheus-name.ts'
import type { StatsQuery } from './stats-query.ts'
import { shownTexts, visitCounters, visitGauges, visitHistograms } from './visit-stats.ts'

/** Enough digits for any double, as Envoy prints bounds and sums. */
const DIGITS = 32

/**
 * /stats/prometheus, text format 0.0.4: counters, gauges, text readouts, histograms; in each by metric, within a metric
 * by stat name. `query.buckets` may be 'summary' (quantiles of the last interval); anything else gives buckets.
 */
export function renderPrometheus(
  stats: MergedStats,
  asked: StatsQuery,
  bounds: BucketBounds,
  names: PrometheusNames,
): TextChunks {
  const out = new TextChunks()
  const query: StatsQuery = { ...asked, type: 'All' }
  const counters = new Metrics<number>(names)
  visitCounters(stats, query, (run, suffix, stat) => counters.add(run, suffix, stat === undefined ? 0 : stat.value))
  counters.render(out, 'counter', numberLine)
  const gauges = new Metrics<number>(names)
  visitGauges(stats, query, (run, suffix, stat) => gauges.add(run, suffix, stat === undefined ? 0 : stat.value))
  gauges.render(out, 'gauge', numberLine)
  if (query.textReadouts) renderTexts(stats, query, names, out)
  const histograms = new Metrics<MergedHistogram>(names)
  visitHistograms(stats, query, (run, suffix, stat) =>
    histograms.add(run, suffix, stat ?? new MergedHistogram(run.prefix + suffix, 'none')),
  )
  if (query.buckets === 'summary') histograms.render(out, 'summary', summaryLines)
  else histograms.render(out, 'histogram', bucketLines(bounds))
  out.add(hostMetrics(query, names.fixedLabels))
  return out
}

/** What stands under one name, with different labels. */
interface Metric<T> {
  readonly name: MetricName
  readonly labels: string[]
  readonly values: T[]
}

class Metrics<T> {
  readonly #names: PrometheusNames
  readonly #byBase = new Map<string, Metric<T>>()

  constructor(names: PrometheusNames) {
    this.#names = names
  }

  add(run: Pick<StatRun<unknown>, 'prefix' | 'owner'>, suffix: string, value: T): void {
    const { name, labels } = this.#names.of(run, suffix)
    let metric = this.#byBase.get(name.base)
    if (metric === undefined) this.#byBase.set(name.base, (metric = { name, labels: [], values: [] }))
    metric.labels.push(labels)
    metric.values.push(value)
  }

  render(out: TextChunks, type: string, lines: (metric: string, labels: string, value: T) => string): void {
    for (const base of [...this.#byBase.keys()].sort()) {
      const { name, labels, values } = this.#byBase.get(base)!
      out.add(`# TYPE ${name.metric} ${type}\n`)
      labels.forEach((each, at) => out.add(lines(name.metric, each, values[at]!)))
    }
  }
}

function numberLine(metric: string, labels: string, value: number): string {
  return `${metric}{${labels}} ${value}\n`
}

function renderTexts(stats: MergedStats, query: StatsQuery, names: PrometheusNames, out: TextChunks): void {
  const texts = new Metrics<string>(names)
  for (const text of shownTexts(stats, query)) texts.add({ prefix: '', owner: text.owner }, text.name, text.text)
  texts.render(
    out,
    'gauge',
    (metric, labels, text) => `${metric}{${joined(labels, `text_value="${escaped(text)}"`)}} 0\n`,
  )
}

type HistogramLines = (metric: string, labels: string, histogram: MergedHistogram) => string

function bucketLines(bounds: BucketBounds): HistogramLines {
  const empty = new EmptyBuckets()
  return (metric, labels, histogram) => {
    const limits = bounds(histogram.name)
    if (!histogram.used && labels !== '') return empty.lines(metric, labels, limits)
    const samples = histogram.cumulative.sorted()
    const counts = countsUpTo(samples, limits)
    const total = histogram.cumulative.sampleCount()
    const line = (bound: string, count: number): string =>
      `${metric}_bucket{${joined(labels, `le="${bound}"`)}} ${count}\n`
    const buckets = limits.map((limit, i) => line(generalFormat(limit, DIGITS), counts[i]!)).join('')
    const sum = generalFormat(approximateSum(samples), DIGITS)
    return `${buckets}${line('+Inf', total)}${metric}_sum{${labels}} ${sum}\n${metric}_count{${labels}} ${total}\n`
  }
}

/** Most histograms are empty, and then differ in their labels alone. */
class EmptyBuckets {
  #metric = ''
  #limits: readonly number[] = []
  #between: readonly string[] = []

  lines(metric: string, labels: string, limits: readonly number[]): string {
    if (metric !== this.#metric || limits !== this.#limits) this.#between = textsBetween(metric, limits)
    this.#metric = metric
    this.#limits = limits
    return this.#between.join(labels)
  }
}

function textsBetween(metric: string, limits: readonly number[]): readonly string[] {
  const bounds = [...limits.map((limit) => generalFormat(limit, DIGITS)), '+Inf']
  const ends = bounds.map((bound) => `,le="${bound}"} 0\n`)
  const starts = [...bounds.map(() => `${metric}_bucket{`), `${metric}_sum{`, `${metric}_count{`]
  return [...starts, ''].map((start, at) => (at === 0 ? '' : (ends[at - 1] ?? '} 0\n')) + start)
}

function summaryLines(metric: string, labels: string, histogram: MergedHistogram): string {
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
