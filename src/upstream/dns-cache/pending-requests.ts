/**
 * The circuit breaker of a DNS cache: how many requests wait for a lookup, over all threads. Its gauges add up over threads:
 * whichever takes the count across the limit adds one, whichever brings it back below takes one away, and an atomic addition
 * gives each count to one thread only.
 */
import type { DnsCacheSettings } from '../../api/dns-cache.ts'
import type { Runtime, RuntimeSnapshot } from '../../api/runtime.ts'
import type { Gauge, Scope } from '../../api/stats.ts'
import type { SharedState } from '../../base/shared-states.ts'
import { CACHE_NUMBER } from './shared-numbers.ts'

export interface PendingRequestsDeps {
  /** `dns_cache.<name>.` */
  readonly scope: Scope
  readonly runtime: Runtime
  readonly numbers: SharedState
}

export class PendingRequests {
  readonly #settings: DnsCacheSettings
  readonly #deps: PendingRequestsDeps
  readonly #open: Gauge
  readonly #remaining: Gauge
  #snapshot: RuntimeSnapshot | undefined = undefined
  #max = 0

  constructor(settings: DnsCacheSettings, deps: PendingRequestsDeps) {
    this.#settings = settings
    this.#deps = deps
    const scope = deps.scope.scope('circuit_breakers')
    this.#open = scope.gauge('rq_pending_open')
    this.#remaining = scope.gauge('rq_pending_remaining')
  }

  canCreate(): boolean {
    return Atomics.load(this.#deps.numbers.ints, CACHE_NUMBER.pendingRequests) < this.#limit
  }

  inc(): void {
    const count = Atomics.add(this.#deps.numbers.ints, CACHE_NUMBER.pendingRequests, 1) + 1
    if (count === Math.max(1, this.#limit)) this.#open.inc()
    // One more than allowed is normal, and what remains is never less than nothing.
    if (count <= this.#limit) this.#remaining.dec()
  }

  dec(): void {
    const count = Atomics.sub(this.#deps.numbers.ints, CACHE_NUMBER.pendingRequests, 1) - 1
    if (count === Math.max(1, this.#limit) - 1) this.#open.dec()
    if (count < this.#limit) this.#remaining.inc()
  }

  /** Main thread, once: the part of the gauge that no thread takes away. */
  showRemaining(): void {
    this.#remaining.set(this.#limit)
  }

  get #limit(): number {
    const snapshot = this.#deps.runtime.current
    if (snapshot !== this.#snapshot) {
      const { name, maxPendingRequests } = this.#settings
      this.#snapshot = snapshot
      this.#max = snapshot.integer(`dns_cache.${name}.circuit_breakers`, maxPendingRequests)
    }
    return this.#max
  }
}
