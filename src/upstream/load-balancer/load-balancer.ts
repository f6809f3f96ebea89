/**
 * Chooses priority, then health class, then (where localities have weights) locality, then host: Envoy's LoadBalancerBase with
 * its policies that know nothing of hashes.
 */
import type { Random } from '../../api/event.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import type { LeastRequestPolicy, RandomPolicy, RoundRobinPolicy } from '../config/policies/policy.ts'
import { DEFAULT_ZONE_AWARE } from '../config/policies/locality.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { Balancer, BalancerStats, LoadBalancerDeps, LoadBalancerSettings } from './balancer.ts'
import { CurrentLoad } from './current-load.ts'
import type { HostChooser } from './host-chooser.ts'
import { createHostChooser } from './host-chooser.ts'
import type { HostSet, LocalityHosts } from './host-set.ts'
import { createLocalityChooser } from './locality-chooser.ts'
import type { PriorityChoice } from './priority-choice.ts'
import { choosePriority } from './priority-choice.ts'
import type { PriorityLoad } from './priority-load.ts'
import { ZoneChooser } from './zone-chooser.ts'
import { ZoneRouting } from './zone-routing.ts'

type HealthClass = 'healthy' | 'degraded'
type Load = Omit<PriorityLoad, 'panic'>
export type OrdinaryPolicy = RoundRobinPolicy | LeastRequestPolicy | RandomPolicy

interface PriorityChoosers {
  readonly healthy: HostChooser
  readonly degraded: HostChooser
  readonly all: HostChooser
}

export class LoadBalancer implements Balancer {
  readonly #failTrafficOnPanic: boolean
  readonly #random: Random
  readonly #stats: BalancerStats
  readonly #choosers: readonly PriorityChoosers[]
  readonly #currentLoad: CurrentLoad
  /** Undefined: nobody knows which hosts are near. */
  readonly #zones: ZoneRouting | undefined
  #load: PriorityLoad | undefined = undefined
  /** Everything is healthy in priority 0, which is the usual case. */
  #onlyFirst = false

  constructor(
    policy: OrdinaryPolicy,
    settings: LoadBalancerSettings,
    sets: readonly HostSet[],
    deps: LoadBalancerDeps,
  ) {
    this.#failTrafficOnPanic = policy.failTrafficOnPanic
    this.#random = deps.random
    this.#stats = deps.stats
    this.#currentLoad = new CurrentLoad(settings, sets, deps.runtime)
    this.#zones = this.#createZones(policy, sets[0], deps)
    this.#choosers = sets.map((set, priority) =>
      createChoosers(policy, set, priority === 0 ? this.#zones : undefined, settings.overprovisioningFactor, deps),
    )
  }

  #createZones(policy: OrdinaryPolicy, set: HostSet | undefined, deps: LoadBalancerDeps): ZoneRouting | undefined {
    if (deps.zones === undefined || set === undefined) return undefined
    const config = policy.zoneAware ?? DEFAULT_ZONE_AWARE
    const threshold = () => this.#currentLoad.panicThreshold
    return new ZoneRouting(config, policy.failTrafficOnPanic, set, deps.zones, deps, threshold)
  }

  onLocalClusterChanged(): void {
    this.#zones?.refresh()
  }

  choose(context: LoadBalancerContext, at?: PriorityChoice): EndpointHost | undefined {
    this.#followLoad()
    const { retryPriority } = context
    const load = retryPriority === undefined || at !== undefined ? undefined : this.#currentLoad.ofRetry(retryPriority)
    let host = this.#chooseOnce(load, at)
    for (let retry = context.hostSelectionRetryCount; retry > 0; retry--) {
      if (host === undefined || !context.shouldSelectAnotherHost(host)) return host
      host = this.#chooseOnce(load, at)
    }
    return host
  }

  #chooseOnce(load: Load | undefined, at: PriorityChoice | undefined): EndpointHost | undefined {
    if (this.#onlyFirst && load === undefined && at === undefined) return this.#choosers[0]!.healthy.choose()
    const choice = at ?? choosePriority(load ?? this.#load!, this.#random.u32())
    return choice < 0 ? this.#chooseAt(~choice, 'degraded') : this.#chooseAt(choice, 'healthy')
  }

  #chooseAt(priority: number, health: HealthClass): EndpointHost | undefined {
    const choosers = this.#choosers[priority]!
    if (!this.#load!.panic[priority]!) return choosers[health].choose()
    this.#stats.lb_healthy_panic.inc()
    return this.#failTrafficOnPanic ? undefined : choosers.all.choose()
  }

  #followLoad(): void {
    const load = this.#currentLoad.get()
    if (load === this.#load) return
    this.#load = load
    this.#onlyFirst = load.healthy[0] === 100 && !load.panic[0]!
  }
}

function createChoosers(
  policy: OrdinaryPolicy,
  set: HostSet,
  zones: ZoneRouting | undefined,
  overprovisioningFactor: number,
  deps: LoadBalancerDeps,
): PriorityChoosers {
  const all = createHostChooser(policy, set.all, deps)
  const flat = (health: HealthClass) => (set[health] === set.all ? all : createHostChooser(policy, set[health], deps))
  const byZone = (health: HealthClass) => {
    if (zones === undefined) return flat(health)
    const create = (locality: LocalityHosts) => createHostChooser(policy, locality[health], deps)
    return new ZoneChooser(zones, set.localities, flat(health), create)
  }
  if (!policy.localityWeighted || !set.hasLocalityWeights) {
    return { all, healthy: byZone('healthy'), degraded: byZone('degraded') }
  }
  const chooser = (health: HealthClass) =>
    createLocalityChooser(set.localities, health, overprovisioningFactor, policy, deps) ?? byZone(health)
  return { all, healthy: chooser('healthy'), degraded: chooser('degraded') }
}
