/**
 * How much of the traffic stays in the proxy's own locality (Envoy docs: intro/arch_overview/upstream/load_balancing/
 * zone_aware): as much as the hosts there can take in a fair division, where all proxies of the local cluster get as many
 * requests as each other. The rest goes where capacity is left. Worked out anew with the hosts of either cluster.
 */
import type { ZoneAwareRouting } from '../config/policies/policy.ts'
import type { LoadBalancerDeps } from './balancer.ts'
import type { HostSet, LocalityHosts, WeightedHost } from './host-set.ts'
import { isSameLocality } from './host-set.ts'
import type { ZoneDeps } from './local-cluster.ts'
import { isInPanic } from './priority-load.ts'

/** Where a request goes, if not to the locality of a number. */
export const ANYWHERE = -1
export const NOWHERE = -2

/** Shares are in hundredths of a percent. */
const WHOLE = 10_000

interface Residual {
  /** What of the requests the own locality takes. */
  readonly localShare: number
  /** By locality, the capacity left in it and in those before it. */
  readonly capacity: readonly number[]
}

type Plan = { readonly kind: 'none' } | { readonly kind: 'direct' } | ({ readonly kind: 'residual' } & Residual)

const NONE: Plan = { kind: 'none' }
const DIRECT: Plan = { kind: 'direct' }

export class ZoneRouting {
  readonly #config: ZoneAwareRouting
  readonly #failTrafficOnPanic: boolean
  readonly #set: HostSet
  readonly #zones: ZoneDeps
  readonly #deps: LoadBalancerDeps
  readonly #panicThreshold: () => number
  readonly #forceMinSize: number | undefined
  #plan: Plan

  /** `set`: priority 0. */
  constructor(
    config: ZoneAwareRouting,
    failTrafficOnPanic: boolean,
    set: HostSet,
    zones: ZoneDeps,
    deps: LoadBalancerDeps,
    panicThreshold: () => number,
  ) {
    this.#config = config
    this.#failTrafficOnPanic = failTrafficOnPanic
    this.#set = set
    this.#zones = zones
    this.#deps = deps
    this.#panicThreshold = panicThreshold
    const forced = deps.runtime.current.integer('upstream.zone_routing.force_local_zone.min_size', 0)
    this.#forceMinSize = forced > 0 ? forced : config.forceLocalZoneMinSize
    this.#plan = this.#makePlan()
  }

  /** The hosts of the local cluster have changed. */
  refresh(): void {
    this.#plan = this.#makePlan()
  }

  /** The place of a locality in the host set, ANYWHERE or NOWHERE. */
  choose(): number {
    const plan = this.#plan
    if (plan.kind === 'none') return ANYWHERE
    const { random, runtime } = this.#deps
    const enabled = this.#config.routingEnabledPercent
    if (!runtime.current.featureEnabled('upstream.zone_routing.enabled', enabled, random.u32())) return ANYWHERE
    const { stats, local } = this.#zones
    if (isInPanic(local.hosts, this.#panicThreshold())) {
      stats.lb_local_cluster_not_ok.inc()
      return this.#failTrafficOnPanic ? NOWHERE : ANYWHERE
    }
    if (plan.kind === 'direct') {
      stats.lb_zone_routing_all_directly.inc()
      return 0
    }
    return this.#chooseByCapacity(plan)
  }

  #chooseByCapacity({ localShare, capacity }: Residual): number {
    const { random } = this.#deps
    const { stats } = this.#zones
    if (random.u32() % WHOLE < localShare) {
      stats.lb_zone_routing_sampled.inc()
      return 0
    }
    stats.lb_zone_routing_cross_zone.inc()
    const total = capacity.at(-1)!
    if (total === 0) {
      stats.lb_zone_no_capacity_left.inc()
      return random.u32() % capacity.length
    }
    const wanted = random.u32() % total
    let place = 0
    while (wanted >= capacity[place]!) place++
    return place
  }

  #makePlan(): Plan {
    const { stats, local, countsFor } = this.#zones
    if (countsFor > 0) stats.lb_recalculate_zone_structures.add(countsFor)
    if (!this.#isPossible()) return NONE
    const shares = localityShares(local.hosts.localities, this.#set.localities, this.#config.basis)
    const [own] = shares
    if (this.#set.hasLocalHosts && own !== undefined) {
      const isEnough = own.upstream > 0 && own.upstream >= own.local
      const isForced = this.#forceMinSize !== undefined && this.#ownHealthyHosts() >= this.#forceMinSize
      if (isEnough || isForced) return DIRECT
    }
    return { kind: 'residual', ...this.#residual(shares) }
  }

  #ownHealthyHosts(): number {
    return this.#set.localities[0]!.healthy.length
  }

  #isPossible(): boolean {
    const { stats, local, countsFor } = this.#zones
    if (this.#set.localities.length < 2) return false
    if (this.#forceMinSize === undefined && local.hosts.localities.length < 2) return false
    if (!local.hosts.hasLocalHosts) {
      if (countsFor > 0) stats.lb_local_cluster_not_ok.add(countsFor)
      return false
    }
    const { minClusterSize } = this.#config
    const least = this.#deps.runtime.current.integer('upstream.zone_routing.min_cluster_size', minClusterSize)
    if (this.#set.healthy.length >= least) return true
    if (countsFor > 0) stats.lb_zone_cluster_too_small.add(countsFor)
    return false
  }

  #residual(shares: readonly LocalityShare[]): Residual {
    const { hasLocalHosts } = this.#set
    let sum = 0
    const capacity = shares.map(({ local, upstream }, place) => {
      const isOwn = place === 0 && hasLocalHosts
      if (!isOwn) sum += Math.max(0, upstream - local)
      return sum
    })
    const own = shares[0]!
    const localShare = hasLocalHosts && own.local > 0 ? Math.floor((own.upstream * WHOLE) / own.local) : 0
    return { localShare, capacity }
  }
}

interface LocalityShare {
  /** Of the proxies that are in the locality. */
  readonly local: number
  /** Of the healthy hosts that are in it. */
  readonly upstream: number
}

function localityShares(
  local: readonly LocalityHosts[],
  upstream: readonly LocalityHosts[],
  basis: ZoneAwareRouting['basis'],
): readonly LocalityShare[] {
  const sizeOf = ({ healthy }: LocalityHosts) => (basis === 'hosts' ? healthy.length : weightOf(healthy))
  const totalOf = (list: readonly LocalityHosts[]) => list.reduce((sum, each) => sum + sizeOf(each), 0)
  const share = (size: number, total: number) => (total === 0 ? 0 : Math.floor((WHOLE * size) / total))
  const totalLocal = totalOf(local)
  const totalUpstream = totalOf(upstream)
  return upstream.map((each) => {
    if (each.healthy.length === 0) return { local: 0, upstream: 0 }
    const same = local.find(({ locality }) => isSameLocality(locality, each.locality))
    return {
      local: same === undefined ? 0 : share(sizeOf(same), totalLocal),
      upstream: share(sizeOf(each), totalUpstream),
    }
  })
}

function weightOf(hosts: readonly WeightedHost[]): number {
  return hosts.reduce((sum, { weight }) => sum + weight, 0)
}
