import { binLower, binWidth, millionTimes, ZERO_BIN } from './bin.ts'
import type { SortedBins } from './bins.ts'

/** The quantiles that Envoy computes, as fractions. */
export const QUANTILES: readonly number[] = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1]

/** Upper bounds of the buckets of a histogram that no setting names. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
]

const MILLION = 1e6

function countOf(histogram: SortedBins): number {
  return histogram.counts.reduce((sum, count) => sum + count, 0)
}

/**
 * Values at `quantiles` (ascending). The sample of rank ⌈q·n⌉ is taken, and the k samples of a bin are thought to stand
 * at 1/(k+1), 2/(k+1) … of its width. NaN everywhere when nothing was recorded.
 */
export function quantileValues(histogram: SortedBins, quantiles: readonly number[]): readonly number[] {
  const total = countOf(histogram)
  if (total === 0) return quantiles.map(() => NaN)
  let at = 0
  let below = 0
  return quantiles.map((quantile) => {
    const rank = Math.max(1, Math.ceil(quantile * total))
    while (below + histogram.counts[at]! < rank) below += histogram.counts[at++]!
    const part = (rank - below) / (histogram.counts[at]! + 1)
    const bin = histogram.bins[at]!
    if (histogram.areShares !== true) return binLower(bin) + part * binWidth(bin)
    const scaled = millionTimes(bin)
    return (binLower(scaled) + part * binWidth(scaled)) / MILLION
  })
}

/** For each bound, how many samples are in bins that begin at or below it. */
export function countsUpTo(histogram: SortedBins, bounds: readonly number[]): readonly number[] {
  let at = 0
  let count = 0
  return bounds.map((bound) => {
    while (at < histogram.bins.length && binLower(histogram.bins[at]!) <= bound) count += histogram.counts[at++]!
    return count
  })
}

/** Turns counts up to each bound into counts between bounds. */
export function disjointCounts(cumulative: readonly number[]): readonly number[] {
  return cumulative.map((count, i) => count - (cumulative[i - 1] ?? 0))
}

/** Sum of all samples, each taken at the point of its bin where the greatest relative error is least. */
export function approximateSum(histogram: SortedBins): number {
  let sum = 0
  const areShares = histogram.areShares === true
  histogram.bins.forEach((each, i) => {
    if (each === ZERO_BIN) return
    const bin = areShares ? millionTimes(each) : each
    const lower = binLower(bin)
    const width = binWidth(bin)
    sum += (lower + width * (lower / (2 * lower + width))) * histogram.counts[i]!
  })
  return areShares ? sum / MILLION : sum
}
