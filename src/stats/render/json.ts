import { binLower, binWidth } from '../histogram/bin.ts'
import type { SortedBins } from '../histogram/bins.ts'
import type { MergedHistogram } from '../histogram/merged-histogram.ts'
import { countsUpTo, disjointCounts, QUANTILES, quantileValues } from '../histogram/statistics.ts'
import type { MergedStats } from '../merged-stats.ts'
import type { BucketBounds } from './bucket-bounds.ts'
import { jsonNumber } from '../../base/number-format.ts'
import { hostNumbers } from './host-numbers.ts'
import { mergedByName, select } from './selection.ts'
import type { StatsQuery } from './stats-query.ts'

const PERCENTILES = `[${QUANTILES.map((quantile) => jsonNumber(quantile * 100)).join()}]`

/** /stats?format=json. Written by hand because the order of members and the form of numbers are Envoy's. */
export function renderJson(stats: MergedStats, query: StatsQuery, bounds: BucketBounds): string {
  const selection = select(stats, query)
  const entries: string[] = []
  for (const { name, text } of selection.texts) entries.push(entry(name, JSON.stringify(text)))
  for (const { name, value } of mergedByName(selection)) entries.push(entry(name, String(value)))
  for (const { name, value } of hostNumbers(query)) entries.push(entry(name, String(value)))
  if (selection.histograms.length > 0) entries.push(`{"histograms":${histograms(selection.histograms, query, bounds)}}`)
  return `{"stats":[${entries.join()}]}`
}

function entry(name: string, value: string): string {
  return `{"name":${JSON.stringify(name)},"value":${value}}`
}

function histograms(list: readonly MergedHistogram[], query: StatsQuery, bounds: BucketBounds): string {
  switch (query.buckets) {
    case undefined:
    case 'summary':
      return `{"supported_quantiles":${PERCENTILES},"computed_quantiles":[${list.map(quantilesEntry).join()}]}`
    case 'cumulative':
      return `[${list.map((h) => bucketsEntry(h, bounds(h.name), (counts) => counts)).join()}]`
    case 'disjoint':
      return `[${list.map((h) => bucketsEntry(h, bounds(h.name), disjointCounts)).join()}]`
    case 'detailed':
      return `{"supported_percentiles":${PERCENTILES},"details":[${list.map(detailsEntry).join()}]}`
  }
}

function quantilesEntry(histogram: MergedHistogram): string {
  return `{"name":${JSON.stringify(histogram.name)},"values":${quantileList(histogram)}}`
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
  histogram: MergedHistogram,
  bounds: readonly number[],
  arrange: (counts: readonly number[]) => readonly number[],
): string {
  const interval = arrange(countsUpTo(histogram.interval.sorted(), bounds))
  const cumulative = arrange(countsUpTo(histogram.cumulative.sorted(), bounds))
  const items = bounds.map(
    (bound, i) => `{"upper_bound":${jsonNumber(bound)},"interval":${interval[i]},"cumulative":${cumulative[i]}}`,
  )
  return `{"name":${JSON.stringify(histogram.name)},"buckets":[${items.join()}]}`
}

function detailsEntry(histogram: MergedHistogram): string {
  const totals = binList(histogram.cumulative.sorted())
  const intervals = binList(histogram.interval.sorted())
  const name = JSON.stringify(histogram.name)
  return `{"name":${name},"totals":${totals},"intervals":${intervals},"percentiles":${quantileList(histogram)}}`
}

function binList({ bins, counts }: SortedBins): string {
  const items = bins.map(
    (bin, i) =>
      `{"lower_bound":${jsonNumber(binLower(bin))},"width":${jsonNumber(binWidth(bin))},"count":${counts[i]}}`,
  )
  return `[${items.join()}]`
}
