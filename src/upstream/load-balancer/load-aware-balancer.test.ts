import { describe, expect, test } from 'bun:test'
import type { LoadAwareLocalityPolicy, LbPolicy } from '../config/policies/policy.ts'
import type { LocalityWeights, PriorityWeights } from '../orca/locality-weights.ts'
import { HostSet } from './host-set.ts'
import { ROUND_ROBIN, seeded, tally, testBalancer, weightedHost } from './testing/test-balancer.ts'

const policy = (within: LbPolicy = ROUND_ROBIN): LoadAwareLocalityPolicy => ({
  kind: 'load_aware_locality',
  within,
  load: { updateMs: 1000, newestPart: 1, expirationMs: 0, tolerance: 0, probed: 0, metricNames: [] },
})

const LOCAL = { region: '', zone: 'z', subZone: '' }
const weightsOf = (weights: Readonly<Record<string, number>>, isAllLocal = false): PriorityWeights => {
  const named = Object.entries(weights).map(([zone, weight]) => [`\0${zone}\0`, weight] as const)
  const each: LocalityWeights = { weights: Object.fromEntries(named), isAllLocal }
  return { healthy: each, degraded: each, all: each }
}

/** `a-x` is host a of zone x; a trailing `!` makes it unhealthy. The proxy is in zone z. */
function hostsOf(...texts: readonly string[]): HostSet {
  const hosts = texts.map((text) =>
    weightedHost({ name: text[0]!, zone: text[2]!, health: text.endsWith('!') ? 'unhealthy' : 'healthy' }),
  )
  return new HostSet(hosts, { localLocality: LOCAL })
}

const balancer = (sets: readonly HostSet[], weights: readonly PriorityWeights[] | undefined, within?: LbPolicy) =>
  testBalancer(sets, { policy: policy(within), random: seeded(3), localityWeights: weights })

describe('localities by load', () => {
  test('in proportion to their weights', () => {
    const { choose, zones } = balancer([hostsOf('a-x', 'b-y', 'c-z')], [weightsOf({ x: 1, y: 2, z: 1 })])
    const counts = tally(choose(4000))
    expect(counts['a']! / 1000).toBeCloseTo(1, 0)
    expect(counts['b']! / 2000).toBeCloseTo(1, 0)
    expect(counts['c']! / 1000).toBeCloseTo(1, 0)
    expect(zones()).toEqual({
      lb_recalculate_zone_structures: 2,
      lb_zone_routing_cross_zone: counts['a']! + counts['b']!,
      lb_zone_routing_sampled: counts['c']!,
    })
  })

  test('all to the own', () => {
    const { choose, zones } = balancer([hostsOf('a-x', 'c-z')], [weightsOf({ x: 0, z: 1 }, true)])
    expect(choose(5)).toBe('ccccc')
    expect(zones()).toEqual({ lb_recalculate_zone_structures: 2, lb_zone_routing_all_directly: 5 })
  })

  test('the first before anybody has weighed, and where nobody knows the localities', () => {
    expect(balancer([hostsOf('a-x', 'b-y')], undefined).choose(3)).toBe('aaa')
    expect(balancer([hostsOf('a-x', 'b-y')], [weightsOf({ z: 1 })]).choose(3)).toBe('aaa')
  })

  test('another one where the hosts have gone since', () => {
    const hosts = hostsOf('a-x', 'd-x', 'b-y!')
    expect(balancer([hosts], [weightsOf({ x: 0, y: 1 })]).one()).toMatch(/[ad]/)
    expect(balancer([hostsOf()], [weightsOf({})]).one()).toBe('-')
  })

  test('in panic all hosts serve, and only the panic is counted', () => {
    const { choose, zones, healthyPanic } = balancer([hostsOf('a-z!', 'b-z!', 'c-x')], [weightsOf({ z: 1, x: 0 })])
    expect(tally(choose(10))).toEqual({ a: 5, b: 5 })
    expect(healthyPanic.count).toBe(10)
    expect(zones()).toEqual({ lb_recalculate_zone_structures: 2 })
  })

  test('equal hashes find equal hosts, whatever the localities get', () => {
    const hashing: LbPolicy = {
      kind: 'maglev',
      tableSize: 101,
      balanceFactor: 0,
      useHostname: false,
      localityWeighted: false,
    }
    const sets = [hostsOf('a-x', 'b-y', 'c-z')]
    const plain = testBalancer(sets, { policy: hashing })
    const { one } = balancer(sets, [weightsOf({ z: 1 })], hashing)
    for (let low = 0; low < 50; low++) {
      const hash = { high: 0, low }
      expect(one({ hash })).toBe(plain.one({ hash }))
    }
  })
})
