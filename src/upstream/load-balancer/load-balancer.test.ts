import { describe, expect, test } from 'bun:test'
import type { RandomPolicy } from '../config/policies/policy.ts'
import type { HostSet } from './host-set.ts'
import { priorityLoad } from './priority-load.ts'
import { ROUND_ROBIN, hostSet, sequence, testBalancer } from './testing/test-balancer.ts'

const RANDOM: RandomPolicy = { ...ROUND_ROBIN, kind: 'random' }

describe('round robin', () => {
  test('hosts take turns from a random start', () => {
    expect(testBalancer([hostSet('a', 'b', 'c')]).choose(7)).toBe('abcabca')
    expect(testBalancer([hostSet('a', 'b', 'c')], { random: sequence(4) }).choose(4)).toBe('bcab')
  })

  test('weights 3:2:1 come interleaved and exact in each six', () => {
    const { choose } = testBalancer([hostSet('a3', 'b2', 'c1')])
    for (let round = 0; round < 4; round++) {
      const six = choose(6)
      expect(six.split('').sort().join('')).toBe('aaabbc')
      expect(six).not.toContain('aaa')
    }
  })

  test('a weighted start is random, too', () => {
    const starts = new Set(
      [0, 1, 2, 3].map((skip) => testBalancer([hostSet('a3', 'b2', 'c1', 'd1')], { random: sequence(skip) }).choose(1)),
    )
    expect(starts.size).toBeGreaterThan(1)
  })

  test('unhealthy hosts are left out', () => {
    expect(testBalancer([hostSet('a', 'b!', 'c')]).choose(4)).toBe('acac')
  })

  test('a retry goes to another host as often as it is allowed', () => {
    const context = {
      hostSelectionRetryCount: 3,
      shouldSelectAnotherHost: (host: { hostname: string }) => host.hostname !== 'c',
    }
    expect(testBalancer([hostSet('a', 'b', 'c')]).choose(2, context)).toBe('cc')
  })
})

describe('random', () => {
  test('takes whatever the number says', () => {
    expect(testBalancer([hostSet('a', 'b', 'c')], { policy: RANDOM, random: sequence(5, 3, 1) }).choose(3)).toBe('cab')
  })
})

describe('priorities', () => {
  const load = (...sets: HostSet[]) =>
    priorityLoad(sets, {
      policyOf: () => ({ overprovisioningFactor: 140, weightedPriorityHealth: false }),
      panicThresholdPercent: 50,
    })

  test('a priority serves all as long as 72 % of it are healthy', () => {
    expect(load(hostSet('a', 'b', 'c', 'd!'), hostSet('e')).healthy).toEqual([100, 0])
    expect(load(hostSet('a', 'b', 'c!', 'd!'), hostSet('e')).healthy).toEqual([70, 30])
    expect(load(hostSet('a', 'b!', 'c!', 'd!'), hostSet('e')).healthy).toEqual([35, 65])
    expect(load(hostSet('a!', 'b!'), hostSet('e')).healthy).toEqual([0, 100])
  })

  test('degraded hosts are used after healthy ones', () => {
    const { healthy, degraded } = load(hostSet('a!', 'b!', 'c?', 'd?'), hostSet('e', 'f!', 'g!', 'h!'))
    expect(healthy).toEqual([0, 35])
    expect(degraded).toEqual([65, 0])
  })

  test('too little health overall is scaled up, and says panic where it is below the threshold', () => {
    const { healthy, panic } = load(hostSet('a', 'b!', 'c!', 'd!'), hostSet('e', 'f!', 'g!', 'h!'))
    expect(healthy).toEqual([50, 50])
    expect(panic).toEqual([true, true])
  })

  test('traffic spills over by chance', () => {
    const sets = [hostSet('a', 'b!'), hostSet('c')]
    expect(testBalancer(sets, { random: sequence(0, 0, 0, 69, 70, 99) }).choose(3)).toBe('acc')
  })
})

describe('panic', () => {
  test('with everything unhealthy all hosts are used', () => {
    const { choose, healthyPanic } = testBalancer([hostSet('a!', 'b!')])
    expect(choose(4)).toBe('abab')
    expect(healthyPanic.count).toBe(4)
  })

  test('with threshold 0 nothing is', () => {
    const { choose, healthyPanic } = testBalancer([hostSet('a!', 'b!')], { settings: { healthyPanicPercent: 0 } })
    expect(choose(2)).toBe('--')
    expect(healthyPanic.count).toBe(0)
  })

  test('the runtime may set the threshold', () => {
    const runtime = { 'upstream.healthy_panic_threshold': 0 }
    expect(testBalancer([hostSet('a!', 'b!')], { runtime }).choose(1)).toBe('-')
  })

  test('fail_traffic_on_panic', () => {
    const { choose, healthyPanic } = testBalancer([hostSet('a!', 'b!')], {
      policy: { ...ROUND_ROBIN, failTrafficOnPanic: true },
    })
    expect(choose(2)).toBe('--')
    expect(healthyPanic.count).toBe(2)
  })

  test('a cluster without hosts counts as in panic, as Envoy shows it', () => {
    const { choose, healthyPanic } = testBalancer([hostSet()])
    expect(choose(1)).toBe('-')
    expect(healthyPanic.count).toBe(1)
  })
})
