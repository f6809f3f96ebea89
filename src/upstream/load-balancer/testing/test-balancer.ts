/** Balancers over hosts that are described by a few letters. */
import type { Random } from '../../../api/event.ts'
import type { Host, LoadBalancerContext } from '../../../api/upstream.ts'
import { runtimeFromValues } from '../../../runtime/runtime-from-values.ts'
import { SharedCounterAllocator } from '../../../stats/shared-counters.ts'
import type { LbPolicy, RoundRobinPolicy, SubsetPolicy } from '../../config/policies/policy.ts'
import { EndpointHost, SharedHostStats } from '../../endpoint-host.ts'
import type { Health, HostSnapshot } from '../../host-snapshot.ts'
import type { PriorityWeights } from '../../orca/locality-weights.ts'
import { HOST_COUNTERS } from '../../shared-layout.ts'
import type { LoadBalancerSettings } from '../balancer.ts'
import { createBalancer } from '../create-balancer.ts'
import type { WeightedHost } from '../host-set.ts'
import type { LocalCluster, ZoneStats } from '../local-cluster.ts'
import { HostSet } from '../host-set.ts'

export const ROUND_ROBIN: RoundRobinPolicy = { kind: 'round_robin', localityWeighted: false, failTrafficOnPanic: false }

/** Subsets by the selectors alone, unless `more` says otherwise. */
export function subsetPolicy(more: Partial<SubsetPolicy> & Pick<SubsetPolicy, 'selectors'>): SubsetPolicy {
  return {
    kind: 'subset',
    within: ROUND_ROBIN,
    fallback: 'NO_FALLBACK',
    defaultSubset: {},
    localityWeightAware: false,
    scaleLocalityWeight: false,
    panicModeAny: false,
    listAsAny: false,
    usesFallbackList: false,
    allowsRedundantKeys: false,
    ...more,
  }
}

export const ANY: LoadBalancerContext = {
  downstreamConnection: undefined,
  requestHeaders: undefined,
  streamInfo: undefined,
  hash: undefined,
  metadataMatch: undefined,
  shouldSelectAnotherHost: () => false,
  hostSelectionRetryCount: 1,
}

export interface TestHost {
  readonly name: string
  readonly weight?: number
  readonly health?: Health
  readonly excluded?: boolean
  readonly zone?: string
  readonly localityWeight?: number
  /** Members of envoy.lb. */
  readonly lb?: HostSnapshot['metadata']
  readonly healthySinceMs?: number
}

const allocator = new SharedCounterAllocator()

export function weightedHost(host: TestHost): WeightedHost {
  const { name, weight = 1, health = 'healthy', excluded = false, zone = '', localityWeight = 0 } = host
  const snapshot: HostSnapshot = {
    id: 1,
    address: { kind: 'pipe', path: name, mode: 0, text: name },
    fallbackAddresses: [],
    hostname: name,
    locality: { region: '', zone, subZone: '' },
    localityWeight,
    ...(host.lb === undefined ? {} : { metadata: { filter_metadata: { 'envoy.lb': host.lb } } }),
    canary: false,
    weight,
    healthStatus: 'UNKNOWN',
    priority: 0,
    healthySinceMs: host.healthySinceMs ?? 0,
    buffer: 0,
    offset: 0,
  }
  const counters = new SharedHostStats(allocator.allocate(HOST_COUNTERS))
  return { host: new EndpointHost(snapshot, 'c', counters), weight, health, excluded, localityWeight }
}

/** `a3` is host a of weight 3; a trailing `!` makes it unhealthy, `?` degraded, `-` unhealthy and excluded. */
export function hostSet(...hosts: readonly string[]): HostSet {
  return new HostSet(
    hosts.map((text) => {
      const health = /[!-]$/.test(text) ? 'unhealthy' : text.endsWith('?') ? 'degraded' : 'healthy'
      const weight = Number(/\d+/.exec(text)?.[0] ?? 1)
      return weightedHost({ name: text[0]!, weight, health, excluded: text.endsWith('-') })
    }),
  )
}

interface TestCounter {
  inc(): void
  add(amount: number): void
  count: number
}

function counting(): TestCounter {
  return {
    count: 0,
    inc() {
      this.count++
    },
    add(amount) {
      this.count += amount
    },
  }
}

/** These numbers over and over. */
export function sequence(...values: readonly number[]): Random {
  let at = 0
  return { u32: () => values[at++ % values.length]!, float: () => 0, uuid: () => '' }
}

/** Numbers that look random, the same for a seed. */
export function seeded(seed: number): Random {
  let state = seed
  const u32 = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) ^ (state >>> 15)
  return { u32: () => u32() >>> 0, float: () => (u32() >>> 0) / 2 ** 32, uuid: () => '' }
}

export interface BalancerOptions {
  readonly policy?: LbPolicy
  readonly settings?: Partial<LoadBalancerSettings>
  readonly random?: Random
  readonly runtime?: Readonly<Record<string, unknown>>
  readonly activeRequests?: () => number
  readonly now?: () => number
  /** By priority, where localities are chosen by their load. */
  readonly localityWeights?: readonly PriorityWeights[] | undefined
  /** The hosts of the cluster that the proxy belongs to. */
  readonly local?: LocalCluster
}

export function testBalancer(sets: readonly HostSet[], options: BalancerOptions = {}) {
  const { policy = ROUND_ROBIN, settings = {}, random = sequence(0) } = options
  const stats = {
    lb_healthy_panic: counting(),
    lb_subsets_selected: counting(),
    lb_subsets_fallback: counting(),
    lb_subsets_fallback_panic: counting(),
  }
  const zoneStats: Record<keyof ZoneStats, TestCounter> = {
    lb_local_cluster_not_ok: counting(),
    lb_recalculate_zone_structures: counting(),
    lb_zone_cluster_too_small: counting(),
    lb_zone_no_capacity_left: counting(),
    lb_zone_routing_all_directly: counting(),
    lb_zone_routing_cross_zone: counting(),
    lb_zone_routing_sampled: counting(),
  }
  const { local } = options
  const balancer = createBalancer(
    policy,
    { overprovisioningFactor: 140, weightedPriorityHealth: false, healthyPanicPercent: 50, ...settings },
    sets,
    {
      random,
      runtime: { current: runtimeFromValues(JSON.stringify(options.runtime ?? {})) },
      stats,
      traffic: { weights: options.localityWeights, localities: [], stats: zoneStats, countsFor: 2 },
      ...(local === undefined ? {} : { zones: { local, stats: zoneStats, countsFor: 2 } }),
      now: options.now ?? (() => 0),
      activeRequests: options.activeRequests ?? (() => 0),
    },
  )
  const one = (context: Partial<LoadBalancerContext> = {}): string => {
    const host: Host | undefined = balancer.choose({ ...ANY, ...context })
    return host?.hostname ?? '-'
  }
  /** Names of the chosen hosts in a row. */
  const choose = (count: number, context: Partial<LoadBalancerContext> = {}): string =>
    Array.from({ length: count }, () => one(context)).join('')
  /** Counters that are not 0. */
  const zones = (): Readonly<Record<string, number>> =>
    Object.fromEntries(
      Object.entries(zoneStats)
        .filter(([, { count }]) => count > 0)
        .map(([name, { count }]) => [name, count]),
    )
  return { balancer, stats, zones, one, choose, healthyPanic: stats.lb_healthy_panic }
}

/** How often each letter comes. */
export function tally(names: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
