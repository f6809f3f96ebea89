import { TextChunks } from '../../base/text-chunks.ts'
import { binLower, binWidth } from '../histogram/bin.ts'
import type { SortedBins } from '../histogram/bins.ts'
import type { MergedHistogram } from '../histogram/merged-histogram.ts'
import { countsUpTo, disjointCounts, QUANTILES, quantileValues } from '../histogram/statistics.ts'
import type { MergedStats } from '../merged-stats.ts'
import type { BucketBounds } from './bucket-bounds.ts'
import { generalFormat, shortestFormat } from '../../base/number-format.ts'
import { hostNumbers } from './host-numbers.ts'
import type { StatsQuery } from './stats-query.ts'
import { shownTexts, visitHistograms, visitNumbers } from './visit-stats.ts'

/** /stats: texts, then counters and gauges together, then histograms, each by name. */
export function renderText(stats: MergedStats, query: StatsQuery, bounds: BucketBounds): TextChunks {
  const out = new TextChunks()
  for (const { name, text } of shownTexts(stats, query)) out.add(`${name}: "${text}"\n`)
  visitNumbers(stats, query, ({ prefix }, suffix, stat) =>
    out.add(`${prefix}${suffix}: ${stat === undefined ? 0 : stat.value}\n`),
  )
  for (const { name, value } of hostNumbers(query)) out.add(`${name}: ${value}\n`)
  visitHistograms(stats, query, ({ prefix }, suffix, histogram) => {
    const name = prefix + suffix
    out.add(histogram?.used === true ? histogramText(histogram, query, bounds) : `${name}: No recorded values\n`)
  })
  return out
}

function histogramText(histogram: MergedHistogram, query: StatsQuery, bounds: BucketBounds): string {
  const { name } = histogram
  switch (query.buckets) {
    case undefined:
    case 'summary':
      return `${name}: ${summary(histogram)}\n`
    case 'cumulative':
      return `${name}: ${buckets(histogram, bounds(name), (counts) => counts)}\n`
    case 'disjoint':
      return `${name}: ${buckets(histogram, bounds(name), disjointCounts)}\n`
    case 'detailed':
      return detailed(histogram)
  }
}

function summary(histogram: MergedHistogram): string {
  const interval = quantileValues(histogram.interval.sorted(), QUANTILES)
  const cumulative = quantileValues(histogram.cumulative.sorted(), QUANTILES)
  return QUANTILES.map(
    (quantile, i) =>
      `P${generalFormat(quantile * 100, 6)}(${shortestFormat(interval[i]!)},${shortestFormat(cumulative[i]!)})`,
  ).join(' ')
}

function buckets(
  histogram: MergedHistogram,
  bounds: readonly number[],
  arrange: (counts: readonly number[]) => readonly number[],
): string {
  const interval = arrange(countsUpTo(histogram.interval.sorted(), bounds))
  const cumulative = arrange(countsUpTo(histogram.cumulative.sorted(), bounds))
  return bounds.map((bound, i) => `B${generalFormat(bound, 6)}(${interval[i]},${cumulative[i]})`).join(' ')
}

function detailed(histogram: MergedHistogram): string {
  const totals = binList(histogram.cumulative.sorted())
  const intervals = binList(histogram.interval.sorted())
  return `${histogram.name}:\n  totals=${totals}\n  intervals=${intervals}\n  summary=${summary(histogram)}\n`
}

function binList({ bins, counts }: SortedBins): string {
  return bins
    .map((bin, i) => `${generalFormat(binLower(bin), 6)},${generalFormat(binWidth(bin), 6)}:${counts[i]}`)
    .join(', ')
}
