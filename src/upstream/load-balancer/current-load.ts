/** The load of priorities, worked out anew when the runtime changes the panic threshold. */
import type { Runtime, RuntimeSnapshot } from '../../api/runtime.ts'
import type { Host, RetryPriority } from '../../api/upstream.ts'
import type { LoadBalancerSettings } from './balancer.ts'
import type { HostSet } from './host-set.ts'
import type { PriorityLoad, PriorityLoadSettings } from './priority-load.ts'
import { priorityLoad, priorityLoadWithout } from './priority-load.ts'

const PANIC_THRESHOLD_KEY = 'upstream.healthy_panic_threshold'

export class CurrentLoad {
  readonly #settings: LoadBalancerSettings
  readonly #sets: readonly HostSet[]
  readonly #runtime: Runtime
  #snapshot: RuntimeSnapshot | undefined = undefined
  #priorityOf: ReadonlyMap<Host, number> | undefined = undefined
  #load: PriorityLoad = { healthy: [], degraded: [], panic: [] }

  constructor(settings: LoadBalancerSettings, sets: readonly HostSet[], runtime: Runtime) {
    this.#settings = settings
    this.#sets = sets
    this.#runtime = runtime
  }

  /** The same object as long as nothing has changed. */
  get(): PriorityLoad {
    const { current } = this.#runtime
    if (current !== this.#snapshot) {
      this.#snapshot = current
      this.#load = priorityLoad(this.#sets, this.#loadSettings())
    }
    return this.#load
  }

  /** In percent of the hosts that count. */
  get panicThreshold(): number {
    return Math.min(100, this.#runtime.current.integer(PANIC_THRESHOLD_KEY, this.#settings.healthyPanicPercent))
  }

  /** For a retry that keeps away from some priorities; undefined: as ever. */
  ofRetry(retryPriority: RetryPriority): Omit<PriorityLoad, 'panic'> | undefined {
    const excluded = retryPriority.excluded(
      (host) => this.#priorities().get(host),
      (priorities) => this.#without(priorities) !== undefined,
    )
    return excluded && this.#without(excluded)
  }

  /** Made when the first retry asks. */
  #priorities(): ReadonlyMap<Host, number> {
    return (this.#priorityOf ??= new Map(
      this.#sets.flatMap((set, priority) => set.all.map(({ host }) => [host, priority] as const)),
    ))
  }

  /** undefined when nothing is available elsewhere. */
  #without(excluded: ReadonlySet<number>): Omit<PriorityLoad, 'panic'> | undefined {
    return priorityLoadWithout(excluded, this.#sets, this.#loadSettings())
  }

  #loadSettings(): PriorityLoadSettings {
    const { byPriority } = this.#settings
    return {
      policyOf: byPriority === undefined ? () => this.#settings : (priority) => byPriority[priority]!,
      panicThresholdPercent: this.panicThreshold,
    }
  }
}
