import { TextChunks } from '../../base/text-chunks.ts'
import { binLower, binWidth } from '../histogram/bin.ts'
import type { SortedBins } from '../histogram/bins.ts'
import { MergedHistogram } from '../histogram/merged-histogram.ts'
import { countsUpTo, disjointCounts, QUANTILES, quantileValues } from '../histogram/statistics.ts'
import type { MergedStats } from '../merged-stats.ts'
import type { BucketBounds } from './bucket-bounds.ts'
import { jsonNumber } from '../../base/number-format.ts'
import { hostNumbers } from './host-numbers.ts'
import type { HistogramBuckets, StatsQuery } from './stats-query.ts'
import { shownTexts, visitHistograms, visitNumbers } from './visit-stats.ts'

const PERCENTILES = `[${QUANTILES.map((quantile) => jsonNumber(quantile * 100)).join()}]`

/** /stats?format=json. Written by hand because the order of members and the form of numbers are Envoy's. */
export function renderJson(stats: MergedStats, query: StatsQuery, bounds: BucketBounds): TextChunks {
  const out = new TextChunks()
  const entry = separator(out)
  out.add('{"stats":[')
  for (const { name, text } of shownTexts(stats, query)) entry(`{"name":${quoted(name)},"value":${quoted(text)}}`)
  visitNumbers(stats, query, ({ prefix }, suffix, stat) =>
    entry(`{"name":${quoted(prefix + suffix)},"value":${stat === undefined ? 0 : stat.value}}`),
  )
  for (const { name, value } of hostNumbers(query)) entry(`{"name":${quoted(name)},"value":${value}}`)
  renderHistograms(stats, query, bounds, out, entry)
  out.add(']}')
  return out
}

/** Adds what it is given with commas between. */
function separator(out: TextChunks): (part: string) => void {
  let isFirst = true
  return (part) => {
    out.add(isFirst ? part : `,${part}`)
    isFirst = false
  }
}

const PLAIN = /^[\w.-]*$/

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

function renderHistograms(
  stats: MergedStats,
  query: StatsQuery,
  bounds: BucketBounds,
  out: TextChunks,
  member: (part: string) => void,
): void {
  const [before, after] = AROUND[query.buckets ?? 'summary']
  const entry = separator(out)
  let isEmpty = true
  const unused = new MergedHistogram('', 'none')
  const noQuantiles = quantileList(unused)
  visitHistograms(stats, query, ({ prefix }, suffix, histogram = unused) => {
    if (isEmpty) member(`{"histograms":${before}`)
    isEmpty = false
    const name = prefix + suffix
    switch (query.buckets) {
      case undefined:
      case 'summary':
        return entry(`{"name":${quoted(name)},"values":${histogram.used ? quantileList(histogram) : noQuantiles}}`)
      case 'cumulative':
        return entry(bucketsEntry(name, histogram, bounds(name), (counts) => counts))
      case 'disjoint':
        return entry(bucketsEntry(name, histogram, bounds(name), disjointCounts))
      case 'detailed':
        return entry(detailsEntry(name, histogram))
    }
  })
  if (!isEmpty) out.add(`${after}}`)
}

const AROUND: Readonly<Record<HistogramBuckets, readonly [before: string, after: string]>> = {
  summary: [`{"supported_quantiles":${PERCENTILES},"computed_quantiles":[`, ']}'],
  cumulative: ['[', ']'],
  disjoint: ['[', ']'],
  detailed: [`{"supported_percentiles":${PERCENTILES},"details":[`, ']}'],
}

function quantileList(histogram: MergedHistogram): string {
  const interval = quantileValues(histogram.interval.sorted(), QUANTILES)
  const cumulative = quantileValues(histogram.cumulative.sorted(), QUANTILES)
  const items = QUANTILES.map(
    (_, i) => `{"cumulative":${jsonNumber(cumulative[i]!)},"interval":${jsonNumber(interval[i]!)}}`,
  )
  return `[${items.join()}]`
}

function bucketsEntry(
  name: string,
  histogram: MergedHistogram,
  bounds: readonly number[],
  arrange: (counts: readonly number[]) => readonly number[],
): string {
  const interval = arrange(countsUpTo(histogram.interval.sorted(), bounds))
  const cumulative = arrange(countsUpTo(histogram.cumulative.sorted(), bounds))
  const items = bounds.map(
    (bound, i) => `{"upper_bound":${jsonNumber(bound)},"interval":${interval[i]},"cumulative":${cumulative[i]}}`,
  )
  return `{"name":${quoted(name)},"buckets":[${items.join()}]}`
}

function detailsEntry(name: string, histogram: MergedHistogram): string {
  const totals = binList(histogram.cumulative.sorted())
  const intervals = binList(histogram.interval.sorted())
  return `{"name":${quoted(name)},"totals":${totals},"intervals":${intervals},"percentiles":${quantileList(histogram)}}`
}

function binList({ bins, counts }: SortedBins): string {
  const items = bins.map(
    (bin, i) =>
      `{"lower_bound":${jsonNumber(binLower(bin))},"width":${jsonNumber(binWidth(bin))},"count":${counts[i]}}`,
  )
  return `[${items.join()}]`
}
