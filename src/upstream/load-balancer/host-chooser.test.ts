import { describe, expect, test } from 'bun:test'
import type { LeastRequestPolicy, RoundRobinPolicy } from '../config/policies/policy.ts'
import { HostSet } from './host-set.ts'
import type { TestHost } from './testing/test-balancer.ts'
import { ROUND_ROBIN, hostSet, seeded, sequence, tally, testBalancer, weightedHost } from './testing/test-balancer.ts'

const LEAST_REQUEST: LeastRequestPolicy = {
  kind: 'least_request',
  choiceCount: 2,
  activeRequestBias: { value: 1, runtimeKey: '' },
  fullScan: false,
  localityWeighted: false,
  failTrafficOnPanic: false,
}

function busy(set: HostSet, name: string, requests: number): void {
  const { host } = set.all.find((entry) => entry.host.hostname === name)!
  for (let i = 0; i < requests; i++) host.stats.rqActive(1)
}

describe('least request', () => {
  test('of the drawn hosts the one with fewer requests', () => {
    const set = hostSet('a', 'b', 'c')
    busy(set, 'b', 1)
    const choose = (...draws: number[]) =>
      testBalancer([set], { policy: LEAST_REQUEST, random: sequence(...draws) }).choose(1)
    expect(choose(0, 1)).toBe('a')
    expect(choose(1, 2)).toBe('c')
    expect(choose(1, 1)).toBe('b')
    expect(choose(2, 0)).toBe('c')
  })

  test('full scan finds the least of all; equals share', () => {
    const set = hostSet('a', 'b', 'c', 'd')
    busy(set, 'a', 3)
    busy(set, 'c', 1)
    const policy = { ...LEAST_REQUEST, fullScan: true }
    const shares = tally(testBalancer([set], { policy, random: seeded(7) }).choose(4000))
    expect(Object.keys(shares).sort()).toEqual(['b', 'd'])
    expect(shares['b']).toBeWithin(1850, 2150)
    expect(testBalancer([hostSet()], { policy }).choose(1)).toBe('-')
    expect(testBalancer([hostSet()], { policy: LEAST_REQUEST }).choose(1)).toBe('-')
  })

  test('weights are divided by the requests in flight', () => {
    const shares = (bias: number, runtime = {}) => {
      const set = hostSet('a2', 'b1')
      busy(set, 'a', 3)
      const policy = { ...LEAST_REQUEST, activeRequestBias: { value: bias, runtimeKey: 'bias' } }
      return tally(testBalancer([set], { policy, runtime }).choose(900))
    }
    expect(shares(1)).toEqual({ a: 300, b: 600 })
    expect(shares(0)).toEqual({ a: 600, b: 300 })
    expect(shares(0, { bias: 1 })).toEqual({ a: 300, b: 600 })
    expect(shares(-3)).toEqual({ a: 300, b: 600 })
    expect(shares(0.5)).toEqual({ a: 450, b: 450 })
  })
})

describe('slow start', () => {
  const policy = (more: Partial<RoundRobinPolicy['slowStart']> = {}): RoundRobinPolicy => ({
    ...ROUND_ROBIN,
    slowStart: { windowMs: 10_000, aggression: { value: 1, runtimeKey: '' }, minWeight: 0.1, ...more },
  })
  const hosts: readonly TestHost[] = [
    { name: 'a', healthySinceMs: 0 },
    { name: 'b', healthySinceMs: 100_000 },
  ]
  const shares = (now: number, more = {}) =>
    tally(testBalancer([new HostSet(hosts.map(weightedHost))], { policy: policy(more), now: () => now }).choose(1100))

  test('a new host gets its share in proportion to its age', () => {
    expect(shares(105_000)['b']).toBeWithin(364, 369)
    expect(shares(109_000)['b']).toBeWithin(518, 524)
  })

  test('at least the smallest part', () => {
    expect(shares(100_000)['b']).toBeWithin(98, 102)
    expect(shares(100_000, { minWeight: 0.5 })['b']).toBeWithin(364, 369)
  })

  test('aggression speeds it up', () => {
    const aggression = { value: 2, runtimeKey: '' }
    // sqrt(0.25) = 0.5
    expect(shares(102_500, { aggression })['b']).toBeWithin(364, 369)
  })

  test('hosts that start together take turns, whichever would be first', () => {
    const both: readonly TestHost[] = [
      { name: 'a', healthySinceMs: 1000 },
      { name: 'b', healthySinceMs: 1000 },
    ]
    for (const draw of [0, 1]) {
      let now = 1000
      const set = new HostSet(both.map(weightedHost))
      const { choose } = testBalancer([set], { policy: policy(), now: () => now, random: sequence(draw) })
      for (let pair = 0; pair < 4; pair++) {
        now += 2000
        expect(tally(choose(2))).toEqual({ a: 1, b: 1 })
      }
    }
  })

  test('after the window all are equal', () => {
    expect(shares(110_001)).toEqual({ a: 550, b: 550 })
    let now = 101_000
    const set = new HostSet(hosts.map(weightedHost))
    const { choose } = testBalancer([set], { policy: policy(), now: () => now })
    choose(10)
    now = 200_000
    choose(100)
    expect(tally(choose(100))).toEqual({ a: 50, b: 50 })
  })
})

describe('locality weights', () => {
  const host = (name: string, zone: string, localityWeight: number, health: 'healthy' | 'unhealthy' = 'healthy') =>
    weightedHost({ name, zone, localityWeight, health })
  const weighted = { ...ROUND_ROBIN, localityWeighted: true }

  test('localities first, by weight, whatever their size', () => {
    const set = new HostSet([host('a', 'x', 3), host('b', 'y', 1), host('c', 'y', 1), host('d', 'z', 0)])
    expect(tally(testBalancer([set], { policy: weighted }).choose(800))).toEqual({ a: 600, b: 100, c: 100 })
  })

  test('a locality that is not well loses its share beyond what overprovisioning bears', () => {
    const set = new HostSet([host('a', 'x', 1), host('b', 'y', 1), host('c', 'y', 1, 'unhealthy')])
    // 1 to 0.7
    expect(tally(testBalancer([set], { policy: weighted }).choose(1700))['a']).toBeWithin(998, 1002)
  })

  test('without any weight all hosts are alike', () => {
    const set = new HostSet([host('a', 'x', 0), host('b', 'y', 0)])
    expect(testBalancer([set], { policy: weighted }).choose(4)).toBe('abab')
  })
})

test('hosts on their way out do not count in how healthy a priority is', () => {
  expect(testBalancer([hostSet('a', 'b-', 'c-', 'd-'), hostSet('e')]).choose(4)).toBe('aaaa')
})
