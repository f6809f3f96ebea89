/**
 * Chooses priority, then health class, then host (Envoy's LoadBalancerBase with its zone-unaware policies). Works on a
 * snapshot of host sets and is replaced with it.
 */
import type { Random } from '../../api/event.ts'
import type { Runtime, RuntimeSnapshot } from '../../api/runtime.ts'
import type { LoadBalancerContext, RetryPriority } from '../../api/upstream.ts'
import type { LbPolicy } from '../config/lb-policy.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { HostChooser } from './host-chooser.ts'
import { createHostChooser } from './host-chooser.ts'
import type { HostSet } from './host-set.ts'
import type { PriorityLoad, PriorityLoadSettings } from './priority-load.ts'
import { priorityLoad, priorityLoadWithout } from './priority-load.ts'

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

type Load = Omit<PriorityLoad, 'panic'>

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
    const load = context.retryPriority === undefined ? undefined : this.#loadOfRetry(context.retryPriority)
    let host = this.#chooseOnce(load)
    for (let retry = context.hostSelectionRetryCount; retry > 0; retry--) {
      if (host === undefined || !context.shouldSelectAnotherHost(host)) return host
      host = this.#chooseOnce(load)
    }
    return host
  }

  /** undefined: as ever. */
  #loadOfRetry(retryPriority: RetryPriority): Load | undefined {
    const settings = this.#loadSettings()
    const excluded = retryPriority.excluded(
      (host) => {
        const at = this.#sets.findIndex((set) => set.all.some((entry) => entry.host === host))
        return at < 0 ? undefined : at
      },
      (priorities) => priorityLoadWithout(priorities, this.#sets, settings) !== undefined,
    )
    return excluded && priorityLoadWithout(excluded, this.#sets, settings)
  }

  #chooseOnce(load: Load | undefined): EndpointHost | undefined {
    if (this.#onlyFirst && load === undefined) return this.#choosers[0]!.healthy.choose()
    const { healthy, degraded } = load ?? this.#load
    const hash = this.#deps.random.u32() % 100
    let bound = 0
    for (let priority = 0; priority < this.#choosers.length; priority++) {
      bound += healthy[priority]!
      if (hash < bound) return this.#chooseAt(priority, 'healthy')
    }
    for (let priority = 0; priority < this.#choosers.length; priority++) {
      bound += degraded[priority]!
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
    this.#load = priorityLoad(this.#sets, this.#loadSettings())
    this.#onlyFirst = this.#load.healthy[0] === 100 && !this.#load.panic[0]!
  }

  #loadSettings(): PriorityLoadSettings {
    const configured = this.#settings.healthyPanicPercent
    return {
      overprovisioningFactor: this.#settings.overprovisioningFactor,
      weighted: this.#settings.weightedPriorityHealth,
      panicThresholdPercent: Math.min(100, this.#deps.runtime.current.integer(PANIC_THRESHOLD_KEY, configured)),
    }
  }
}
