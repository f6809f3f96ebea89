import { expect, test } from 'bun:test'
import type { ZoneAwareRouting } from '../config/policies/policy.ts'
import { DEFAULT_ZONE_AWARE } from '../config/policies/locality.ts'
import { HostSet } from './host-set.ts'
import { LocalCluster } from './local-cluster.ts'
import type { BalancerOptions } from './testing/test-balancer.ts'
import { ROUND_ROBIN, seeded, tally, testBalancer, weightedHost } from './testing/test-balancer.ts'

const localLocality = { region: '', zone: 'x', subZone: '' }

/** `a` is a host of zone x, `A` one of zone y, `1` one of zone z; a trailing `!` makes it unhealthy, `?` degraded. */
function hosts(...names: readonly string[]): HostSet {
  const list = names.map((text) => {
    const name = text[0]!
    const zone = /\d/.test(name) ? 'z' : /[A-Z]/.test(name) ? 'y' : 'x'
    const health = text.endsWith('!') ? 'unhealthy' : text.endsWith('?') ? 'degraded' : 'healthy'
    return weightedHost({ name, zone, health })
  })
  return new HostSet(list, { localLocality })
}

function localCluster(...names: readonly string[]): LocalCluster {
  const local = new LocalCluster()
  local.hosts = hosts(...names)
  return local
}

const zoned = (set: HostSet, zoneAware: Partial<ZoneAwareRouting> = {}, options: BalancerOptions = {}) =>
  testBalancer([set], {
    policy: { ...ROUND_ROBIN, zoneAware: { ...DEFAULT_ZONE_AWARE, minClusterSize: 1, ...zoneAware } },
    local: localCluster('p', 'P'),
    random: seeded(3),
    ...options,
  })

test('all requests stay where hosts have their fair share', () => {
  const { choose, zones } = zoned(hosts('a', 'b', 'A', 'B'))
  expect(tally(choose(100))).toEqual({ a: 50, b: 50 })
  expect(zones()).toEqual({ lb_recalculate_zone_structures: 2, lb_zone_routing_all_directly: 100 })
})

test('the rest goes where capacity is left', () => {
  // Of proxies half are here, of hosts a quarter: half of the requests stay. In y there is no room for others.
  const { choose, zones } = zoned(hosts('a', 'A', '1', '2'), {}, { local: localCluster('p', 'P') })
  const shares = tally(choose(4000))
  expect(shares['a']).toBeWithin(1900, 2100)
  expect(shares['A']).toBeUndefined()
  expect(shares['1']).toBeWithin(900, 1100)
  const { lb_zone_routing_sampled: here = 0, lb_zone_routing_cross_zone: elsewhere = 0 } = zones()
  expect([here, here + elsewhere]).toEqual([shares['a']!, 4000])
})

test('with nothing left any locality will do, even one without healthy hosts', () => {
  const { choose, zones } = zoned(hosts('a!', 'A', 'B'), {}, { local: localCluster('p!', 'P') })
  const shares = tally(choose(1000))
  expect(Object.keys(shares).sort()).toEqual(['-', 'A', 'B'])
  expect(shares['-']).toBeWithin(400, 600)
  expect(zones()['lb_zone_no_capacity_left']).toBe(1000)
})

test('the own zone may be forced, if there is enough of it', () => {
  const uneven = hosts('a', 'A', 'B', 'C')
  expect(tally(zoned(uneven, { forceLocalZoneMinSize: 1 }).choose(10))).toEqual({ a: 10 })
  expect(tally(zoned(uneven, { forceLocalZoneMinSize: 2 }).choose(1000))['a']).toBeWithin(400, 600)
  const runtime = { 'upstream.zone_routing.force_local_zone.min_size': 1 }
  expect(tally(zoned(uneven, {}, { runtime }).choose(10))).toEqual({ a: 10 })
  // Proxies in one zone only are otherwise no reason to look at zones.
  const local = localCluster('p')
  expect(tally(zoned(uneven, { forceLocalZoneMinSize: 1 }, { local }).choose(10))).toEqual({ a: 10 })
  expect(Object.keys(tally(zoned(uneven, {}, { local }).choose(40)))).toHaveLength(4)
})

test('weights may count instead of hosts', () => {
  const set = new HostSet(
    [
      weightedHost({ name: 'a', zone: 'x', weight: 3 }),
      ...['A', 'B', 'C'].map((name) => weightedHost({ name, zone: 'y' })),
    ],
    { localLocality },
  )
  expect(tally(zoned(set, { basis: 'weights' }).choose(12))).toEqual({ a: 12 })
  expect(tally(zoned(set).choose(1000))['a']).toBeWithin(400, 600)
})

test('not for small clusters, nor where no proxy is known to be here', () => {
  const small = zoned(hosts('a', 'A'), { minClusterSize: 3 })
  expect(tally(small.choose(10))).toEqual({ a: 5, A: 5 })
  expect(small.zones()).toEqual({ lb_recalculate_zone_structures: 2, lb_zone_cluster_too_small: 2 })
  const strange = zoned(hosts('a', 'A'), {}, { local: localCluster('P', '9') })
  expect(tally(strange.choose(10))).toEqual({ a: 5, A: 5 })
  expect(strange.zones()).toEqual({ lb_recalculate_zone_structures: 2, lb_local_cluster_not_ok: 2 })
})

test('proxies that are mostly unwell are no measure', () => {
  const local = localCluster('p', 'q!', 'P!', 'Q!')
  const { choose, zones } = zoned(hosts('a', 'A'), {}, { local })
  expect(tally(choose(10))).toEqual({ a: 5, A: 5 })
  expect(zones()['lb_local_cluster_not_ok']).toBe(10)
  const failing = testBalancer([hosts('a', 'A')], {
    policy: { ...ROUND_ROBIN, failTrafficOnPanic: true, zoneAware: { ...DEFAULT_ZONE_AWARE, minClusterSize: 1 } },
    local,
  })
  expect(failing.choose(2)).toBe('--')
})

test('follows the local cluster, and the runtime', () => {
  const local = localCluster()
  const { balancer, choose } = zoned(hosts('a', 'A'), {}, { local })
  expect(tally(choose(10))).toEqual({ a: 5, A: 5 })
  local.hosts = hosts('p', 'P')
  balancer.onLocalClusterChanged?.()
  expect(choose(3)).toBe('aaa')
  const off = zoned(hosts('a', 'A'), {}, { runtime: { 'upstream.zone_routing.enabled': 0 } })
  expect(tally(off.choose(10))).toEqual({ a: 5, A: 5 })
})
