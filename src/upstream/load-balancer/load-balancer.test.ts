import { describe, expect, test } from 'bun:test'
import type { Random } from '../../api/event.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import { runtimeFromValues } from '../../runtime/runtime-from-values.ts'
import { SharedCounterAllocator, SharedCounters } from '../../stats/shared-counters.ts'
import { EndpointHost } from '../endpoint-host.ts'
import type { Health } from '../host-snapshot.ts'
import { HOST_COUNTERS } from '../shared-layout.ts'
import { HostSet } from './host-set.ts'
import type { LoadBalancerSettings } from './load-balancer.ts'
import { LoadBalancer } from './load-balancer.ts'
import { priorityLoad } from './priority-load.ts'

const SETTINGS: LoadBalancerSettings = {
  policy: 'ROUND_ROBIN',
  overprovisioningFactor: 140,
  weightedPriorityHealth: false,
  healthyPanicPercent: 50,
  failTrafficOnPanic: false,
}

const ANY: LoadBalancerContext = {
  downstreamConnection: undefined,
  requestHeaders: undefined,
  streamInfo: undefined,
  hash: undefined,
  metadataMatch: undefined,
  shouldSelectAnotherHost: () => false,
  hostSelectionRetryCount: 1,
}

const allocator = new SharedCounterAllocator()

function endpoint(name: string): EndpointHost {
  const snapshot = {
    id: 1,
    address: { kind: 'pipe' as const, path: name, mode: 0, text: name },
    fallbackAddresses: [],
    hostname: name,
    locality: { region: '', zone: '', subZone: '' },
    canary: false,
    weight: 1,
    healthStatus: 'UNKNOWN' as const,
    priority: 0,
    buffer: 0,
    offset: 0,
  }
  return new EndpointHost(snapshot, 'c', new SharedCounters(allocator.allocate(HOST_COUNTERS)))
}

/** `a3` is host a of weight 3; a trailing `!` makes it unhealthy, `?` degraded. */
function hostSet(...hosts: string[]): HostSet {
  return new HostSet(
    hosts.map((text) => {
      const health: Health = text.endsWith('!') ? 'unhealthy' : text.endsWith('?') ? 'degraded' : 'healthy'
      return { host: endpoint(text[0]!), weight: Number(/\d+/.exec(text)?.[0] ?? 1), health }
    }),
  )
}

function counting(): { inc(): void; count: number } {
  return {
    count: 0,
    inc() {
      this.count++
    },
  }
}

function sequence(...values: number[]): Random {
  let at = 0
  return { u32: () => values[at++ % values.length]!, float: () => 0, uuid: () => '' }
}

function balancer(sets: HostSet[], settings: Partial<LoadBalancerSettings> = {}, random = sequence(0), values = '{}') {
  const healthyPanic = counting()
  const runtime = { current: runtimeFromValues(values) }
  const lb = new LoadBalancer({ ...SETTINGS, ...settings }, sets, { random, runtime, healthyPanic })
  const choose = (count: number, context = ANY) =>
    Array.from({ length: count }, () => lb.choose(context)?.hostname ?? '-').join('')
  return { choose, healthyPanic }
}

describe('round robin', () => {
  test('hosts take turns from a random start', () => {
    expect(balancer([hostSet('a', 'b', 'c')]).choose(7)).toBe('abcabca')
    expect(balancer([hostSet('a', 'b', 'c')], {}, sequence(4)).choose(4)).toBe('bcab')
  })

  test('weights 3:2:1 come interleaved and exact in each six', () => {
    const { choose } = balancer([hostSet('a3', 'b2', 'c1')])
    for (let round = 0; round < 4; round++) {
      const six = choose(6)
      expect(six.split('').sort().join('')).toBe('aaabbc')
      expect(six).not.toContain('aaa')
    }
  })

  test('a weighted start is random, too', () => {
    const starts = new Set(
      [0, 1, 2, 3].map((skip) => balancer([hostSet('a3', 'b2', 'c1', 'd1')], {}, sequence(skip)).choose(1)),
    )
    expect(starts.size).toBeGreaterThan(1)
  })

  test('unhealthy hosts are left out', () => {
    expect(balancer([hostSet('a', 'b!', 'c')]).choose(4)).toBe('acac')
  })

  test('a retry goes to another host as often as it is allowed', () => {
    const context = {
      ...ANY,
      hostSelectionRetryCount: 3,
      shouldSelectAnotherHost: (host: { hostname: string }) => host.hostname !== 'c',
    }
    expect(balancer([hostSet('a', 'b', 'c')]).choose(2, context)).toBe('cc')
  })
})

describe('random', () => {
  test('takes whatever the number says', () => {
    expect(balancer([hostSet('a', 'b', 'c')], { policy: 'RANDOM' }, sequence(5, 3, 1)).choose(3)).toBe('cab')
  })
})

describe('priorities', () => {
  const load = (...sets: HostSet[]) =>
    priorityLoad(sets, { overprovisioningFactor: 140, weighted: false, panicThresholdPercent: 50 })

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
    expect(balancer(sets, {}, sequence(0, 0, 0, 69, 70, 99)).choose(3)).toBe('acc')
  })
})

describe('panic', () => {
  test('with everything unhealthy all hosts are used', () => {
    const { choose, healthyPanic } = balancer([hostSet('a!', 'b!')])
    expect(choose(4)).toBe('abab')
    expect(healthyPanic.count).toBe(4)
  })

  test('with threshold 0 nothing is', () => {
    const { choose, healthyPanic } = balancer([hostSet('a!', 'b!')], { healthyPanicPercent: 0 })
    expect(choose(2)).toBe('--')
    expect(healthyPanic.count).toBe(0)
  })

  test('the runtime may set the threshold', () => {
    const values = JSON.stringify({ 'upstream.healthy_panic_threshold': 0 })
    expect(balancer([hostSet('a!', 'b!')], {}, sequence(0), values).choose(1)).toBe('-')
  })

  test('fail_traffic_on_panic', () => {
    const { choose, healthyPanic } = balancer([hostSet('a!', 'b!')], { failTrafficOnPanic: true })
    expect(choose(2)).toBe('--')
    expect(healthyPanic.count).toBe(2)
  })

  test('a cluster without hosts counts as in panic, as Envoy shows it', () => {
    const { choose, healthyPanic } = balancer([hostSet()])
    expect(choose(1)).toBe('-')
    expect(healthyPanic.count).toBe(1)
  })
})
