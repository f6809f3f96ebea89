import { describe, expect, test } from 'bun:test'
import { SharedCounterAllocator, SharedCounters } from '../../stats/shared-counters.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { HOST_COUNTERS } from '../shared-layout.ts'
import { OrcaReceiver } from './orca-receiver.ts'
import { ageOf, stampOf } from './orca-time.ts'
import { withOrcaWeights } from './orca-weights.ts'

const WEIGHTING = { blackoutMs: 1000, expirationMs: 5000, updateMs: 1000, errorPenalty: 0, metricNames: [] }
const START = Date.UTC(2026, 10, 25)

/** Hosts whose weights are to be told; `priorities` one for each. */
function clusterOf(...priorities: readonly number[]) {
  const allocator = new SharedCounterAllocator()
  let now = START
  let hosts = priorities.map(
    // Of a description no more is looked at.
    (priority, id) => ({ id, priority, weight: 9, counters: allocator.allocate(HOST_COUNTERS) }) as HostDescription,
  )
  const receivers = hosts.map(
    ({ counters }) => new OrcaReceiver({ weighting: WEIGHTING }, new SharedCounters(counters), () => now),
  )
  return {
    tell: (host: number, weight: number) =>
      receivers[host]!.take({
        getAll: (name) => (name.endsWith('bin') ? [] : [`TEXT rps_fractional=${weight},cpu_utilization=1`]),
      }),
    after: (ms: number) => (now += ms),
    weights: () => {
      hosts = [...withOrcaWeights(hosts, WEIGHTING, now)]
      return hosts.map(({ weight }) => weight)
    },
    isUnchanged: () => withOrcaWeights(hosts, WEIGHTING, now) === hosts,
  }
}

describe('weights from reports of load', () => {
  test('who has not told gets the median, 1 where nobody has', () => {
    const { tell, after, weights, isUnchanged } = clusterOf(0, 0, 0, 0)
    expect(weights()).toEqual([1, 1, 1, 1])
    expect(isUnchanged()).toBe(true)
    tell(0, 10)
    tell(1, 21)
    after(1000)
    expect(weights()).toEqual([10, 21, 15, 15])
    tell(2, 500)
    after(1000)
    expect(weights()).toEqual([10, 21, 500, 21])
  })

  test('each priority has its own median', () => {
    const { tell, after, weights } = clusterOf(0, 0, 1, 1)
    tell(2, 40)
    after(1000)
    expect(weights()).toEqual([1, 1, 40, 40])
  })

  test('a host waits after its first report, and again after it was silent for long', () => {
    const { tell, after, weights } = clusterOf(0, 0)
    tell(0, 10)
    after(999)
    expect(weights()).toEqual([1, 1])
    after(1)
    expect(weights()).toEqual([10, 10])
    after(4001)
    expect(weights()).toEqual([1, 1])
    tell(0, 20)
    expect(weights()).toEqual([1, 1])
    after(1000)
    expect(weights()).toEqual([20, 20])
  })

  test('weights of 32 bits, 1 at least', () => {
    const { tell, after, weights } = clusterOf(0, 0)
    tell(0, 2 ** 32 - 1)
    tell(1, 0.5)
    after(1000)
    expect(weights()).toEqual([2 ** 32 - 1, 1])
  })
})

test('ages of stamps, also over the wrap', () => {
  const wrap = 2 ** 31 - 1
  for (const start of [START, Math.ceil(START / wrap) * wrap - 3]) {
    expect([0, 1, 5, 80_000].map((later) => ageOf(stampOf(start), start + later))).toEqual([0, 1, 5, 80_000])
    expect(ageOf(stampOf(start + 4), start)).toBe(0)
  }
})
