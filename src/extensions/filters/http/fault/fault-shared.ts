/** What all streams of one fault filter share on a thread. */
import type { FactoryContext } from '../../../../api/extension.ts'
import type { Random } from '../../../../api/event.ts'
import type { FractionalPercent, Runtime } from '../../../../api/runtime.ts'
import type { Counter, Gauge, Scope } from '../../../../api/stats.ts'
import type { FaultConfig } from './config.ts'

export class FaultShared {
  readonly config: FaultConfig
  readonly runtime: Runtime
  readonly delaysInjected: Counter
  readonly abortsInjected: Counter
  readonly rateLimitsInjected: Counter
  readonly overflow: Counter
  readonly #active: Gauge
  /** Active faults of all threads, wherever they count under the same name. */
  readonly #activeEverywhere: Int32Array
  readonly #random: Random
  readonly #scope: Scope

  constructor(config: FaultConfig, { httpScope, runtime, random, shared }: FactoryContext) {
    const scope = httpScope.scope('fault.')
    this.config = config
    this.runtime = runtime
    this.#random = random
    this.#scope = scope
    this.delaysInjected = scope.counter('delays_injected')
    this.abortsInjected = scope.counter('aborts_injected')
    this.rateLimitsInjected = scope.counter('response_rl_injected')
    this.overflow = scope.counter('faults_overflow')
    this.#active = scope.gauge('active_faults')
    this.#activeEverywhere = shared.process.claim(`${scope.prefix}active_faults`, 1).ints
  }

  /** False when there are `max` already. */
  activate(max: number): boolean {
    if (Atomics.load(this.#activeEverywhere, 0) >= max) return false
    Atomics.add(this.#activeEverywhere, 0, 1)
    this.#active.inc()
    return true
  }

  deactivate(): void {
    Atomics.sub(this.#activeEverywhere, 0, 1)
    this.#active.dec()
  }

  /** Each look is a throw of the dice. */
  isChosen(key: string, percentage: FractionalPercent): boolean {
    return this.runtime.current.fractionEnabled(key, percentage, this.#random.u32())
  }

  countFor(downstreamCluster: string, name: 'delays_injected' | 'aborts_injected'): void {
    this.#scope.scope(`${downstreamCluster}.`).counter(name).inc()
  }
}
