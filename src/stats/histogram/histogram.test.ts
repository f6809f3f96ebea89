import { describe, expect, test } from 'bun:test'
import { binId, binLower, binOfDouble, binWidth, ZERO_BIN } from './bin.ts'
import { Bins } from './bins.ts'
import { decodeDelta, encodeDelta } from './delta.ts'
import { HistogramRecorder } from './recorder.ts'
import { approximateSum, countsUpTo, DEFAULT_BUCKETS, disjointCounts, QUANTILES, quantileValues } from './statistics.ts'

function recorded(values: readonly number[], unit: 'ms' | 'percent' = 'ms'): Bins {
  const recorder = new HistogramRecorder(7, 'h', unit, { touched: () => {}, histogramObserver: undefined })
  for (const value of values) recorder.record(value)
  const bins = new Bins()
  recorder.drain((bin, count) => bins.add(bin, count))
  return bins
}

const ranges = (bins: Bins) => bins.sorted().bins.map((bin) => [binLower(bin), binWidth(bin)])

describe('bins', () => {
  test.each([
    [0, 0, 0],
    [1, 1, 0.1],
    [9, 9, 0.1],
    [10, 10, 1],
    [99, 99, 1],
    [100, 100, 10],
    [109, 100, 10],
    [110, 110, 10],
    [999, 990, 10],
    [1000, 1000, 100],
    [123_456_789, 120_000_000, 10_000_000],
    [9_999_999_999, 9_900_000_000, 100_000_000],
    [3.9, 3, 0.1],
    [0.9, 0, 0],
    [-5, 0, 0],
    [105.9, 100, 10],
  ])('%p falls into the bin that begins at %p and is %p wide', (value, lower, width) => {
    const [[start, wide] = []] = ranges(recorded([value]))
    expect(start).toBeCloseTo(lower, 6)
    expect(wide).toBe(width)
  })

  test('fractions: two digits, and no bin too low through rounding', () => {
    expect([0.11, 0.5, 0.99, 1, 0.00042, 23.7].map(binOfDouble)).toEqual([
      binId(11, -1),
      binId(50, -1),
      binId(99, -1),
      binId(10, 0),
      binId(42, -4),
      binId(23, 1),
    ])
    expect([0, -1, Number.NaN, Infinity].map(binOfDouble)).toEqual([ZERO_BIN, ZERO_BIN, ZERO_BIN, ZERO_BIN])
    expect(recorded([0.25, 0.251, 0], 'percent').sorted()).toEqual({ bins: [ZERO_BIN, binId(25, -1)], counts: [1, 2] })
  })

  test('nothing but a number is counted', () => {
    expect(recorded([Number.NaN, Infinity]).sampleCount()).toBe(0)
  })
})

test('a delta carries every bin to the other side and leaves nothing behind', () => {
  const told: HistogramRecorder[] = []
  const owner = { touched: (recorder: HistogramRecorder) => told.push(recorder), histogramObserver: undefined }
  const recorder = new HistogramRecorder(3, 'h', 'ms', owner)
  for (const value of [0, 5, 5, 5000]) recorder.record(value)
  const seen: number[][] = []
  decodeDelta(structuredClone(encodeDelta(told)), (id, bin, count) => seen.push([id, bin, count]))
  expect(seen).toEqual([
    [3, ZERO_BIN, 1],
    [3, binId(50, 0), 2],
    [3, binId(50, 3), 1],
  ])
  expect(told).toHaveLength(1)
  recorder.record(1)
  expect(told).toHaveLength(2)
  expect([...encodeDelta([recorder])]).toEqual([3, 1, binId(10, 0), 1])
})

// What Envoy 1.40 showed for request bodies of these sizes.
const SIZES = [1, 2, 5, 7, 9, 10, 11, 25, 99, 100, 101, 250, 251, 1234, 100_000]

describe('statistics', () => {
  const bins = recorded(SIZES).sorted()

  test('quantiles', () => {
    const expected = [1.05, 7.05, 25.5, 253.33333333333334, 1250, 105_000, 105_000, 105_000, 105_000, 105_000]
    expect(quantileValues(bins, QUANTILES)).toEqual(expected)
    expect(quantileValues(recorded(Array(15).fill(1)).sorted(), [0, 0.25, 0.5, 0.75, 0.9, 1])).toEqual([
      1.00625, 1.025, 1.05, 1.075, 1.0875, 1.09375,
    ])
    expect(quantileValues(recorded([0, 0]).sorted(), [0, 1])).toEqual([0, 0])
    expect(quantileValues(recorded([]).sorted(), [0.5])).toEqual([Number.NaN])
  })

  test('a bucket holds every bin that begins at or below its bound', () => {
    const counts = [0, 1, 3, 6, 8, 8, 11, 13, 13, 13, 14, 14, 14, 14, 14, 15, 15, 15, 15]
    expect(countsUpTo(bins, DEFAULT_BUCKETS)).toEqual(counts)
    expect(disjointCounts([0, 1, 3, 6])).toEqual([0, 1, 2, 3])
    expect(countsUpTo(recorded([104]).sorted(), [99, 100])).toEqual([0, 1])
  })

  test('the sum', () => {
    expect(approximateSum(bins)).toBe(106_900.41990149146)
    expect(approximateSum(recorded([1]).sorted())).toBeCloseTo(1.0476190476190477, 12)
    expect(approximateSum(recorded([0]).sorted())).toBe(0)
  })
})
