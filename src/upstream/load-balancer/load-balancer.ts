/**
 * Chooses priority, then health class, then host (Envoy's LoadBalancerBase with its zone-unaware policies). Works on a
 * snapshot of host sets and is replaced with it.
 */
import type { Random } from '../../api/event.ts'
import type { Runtime, RuntimeSnapshot } from '../../api/runtime.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import type { LbPolicy } from '../config/lb-policy.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { HostChooser } from './host-chooser.ts'
import { createHostChooser } from './host-chooser.ts'
import type { HostSet } from './host-set.ts'
import type { PriorityLoad } from './priority-load.ts'
import { priorityLoad } from './priority-load.ts'

export interface LoadBalancerSettings {
  readonly policy: LbPolicy
  readonly overprovisioningFactor: number
  readonly weightedPriorityHealth: boolean
  readonly healthyPanicPercent: number
  readonly failTrafficOnPanic: boolean
}

export interface LoadBalancerDeps {
  readonly random: Random
  readonly runtime: Runtime
  /** lb_healthy_panic */
  readonly healthyPanic: { inc(): void }
}

interface PriorityChoosers {
  readonly healthy: HostChooser
  readonly degraded: HostChooser
  readonly all: HostChooser
}

const PANIC_THRESHOLD_KEY = 'upstream.healthy_panic_threshold'

export class LoadBalancer {
  readonly #settings: LoadBalancerSettings
  readonly #deps: LoadBalancerDeps
  readonly #sets: readonly HostSet[]
  readonly #choosers: readonly PriorityChoosers[]
  #snapshot: RuntimeSnapshot | undefined = undefined
  #load: PriorityLoad = { healthy: [], degraded: [], panic: [] }
  /** Everything is healthy in priority 0, which is the usual case. */
  #onlyFirst = false

  constructor(settings: LoadBalancerSettings, sets: readonly HostSet[], deps: LoadBalancerDeps) {
    this.#settings = settings
    this.#deps = deps
    this.#sets = sets
    this.#choosers = sets.map((set) => {
      const all = createHostChooser(settings.policy, set.all, deps.random)
      return {
        all,
        healthy: set.healthy === set.all ? all : createHostChooser(settings.policy, set.healthy, deps.random),
        degraded: createHostChooser(settings.policy, set.degraded, deps.random),
      }
    })
  }

  choose(context: LoadBalancerContext): EndpointHost | undefined {
    this.#followRuntime()
    let host = this.#chooseOnce()
    for (let retry = context.hostSelectionRetryCount; retry > 0; retry--) {
      if (host === undefined || !context.shouldSelectAnotherHost(host)) return host
      host = this.#chooseOnce()
    }
    return host
  }

  #chooseOnce(): EndpointHost | undefined {
    if (this.#onlyFirst) return this.#choosers[0]!.healthy.choose()
    const hash = this.#deps.random.u32() % 100
    let bound = 0
    for (let priority = 0; priority < this.#choosers.length; priority++) {
      bound += this.#load.healthy[priority]!
      if (hash < bound) return this.#chooseAt(priority, 'healthy')
    }
    for (let priority = 0; priority < this.#choosers.length; priority++) {
      bound += this.#load.degraded[priority]!
      if (hash < bound) return this.#chooseAt(priority, 'degraded')
    }
    return undefined
  }

  #chooseAt(priority: number, health: 'healthy' | 'degraded'): EndpointHost | undefined {
    const choosers = this.#choosers[priority]!
    if (!this.#load.panic[priority]!) return choosers[health].choose()
    this.#deps.healthyPanic.inc()
    return this.#settings.failTrafficOnPanic ? undefined : choosers.all.choose()
  }

  /** The threshold may change at run time; the snapshot says when. */
  #followRuntime(): void {
    const snapshot = this.#deps.runtime.current
    if (snapshot === this.#snapshot) return
    this.#snapshot = snapshot
    const configured = this.#settings.healthyPanicPercent
    this.#load = priorityLoad(this.#sets, {
      overprovisioningFactor: this.#settings.overprovisioningFactor,
      weighted: this.#settings.weightedPriorityHealth,
      panicThresholdPercent: Math.min(100, snapshot.integer(PANIC_THRESHOLD_KEY, configured)),
    })
    this.#onlyFirst = this.#load.healthy[0] === 100 && !this.#load.panic[0]!
  }
}
