/**
 * Circuit breakers of a cluster for one priority, shared by all workers through atomics. Check and count are separate
 * steps, as in Envoy: a small overshoot is normal.
 *
 * The `…_open` gauges add up over threads: whichever thread takes a count across its limit adds one, whichever brings it
 * back below takes one away. An atomic addition gives each value to one thread only, so the sum is 0 or 1.
 */
import type { Runtime, RuntimeSnapshot } from '../api/runtime.ts'
import type { Gauge, Scope } from '../api/stats.ts'
import type { Resource, ResourceManager, ResourcePriority } from '../api/upstream.ts'
import type { SharedCounters } from '../stats/shared-counters.ts'
import type { RetryBudget, Thresholds } from './config/circuit-breakers.ts'
import type { ResourceName } from './shared-layout.ts'
import { RESOURCE, RESOURCES_PER_PRIORITY } from './shared-layout.ts'

export interface ResourceManagerDeps {
  readonly scope: Scope
  readonly runtime: Runtime
  readonly counters: SharedCounters
  /** `circuit_breakers.<cluster>.<priority>.`: the runtime may change limits below this. */
  readonly runtimePrefix: string
}

class SharedResource implements Resource {
  readonly #counters: SharedCounters
  readonly #index: number
  readonly #configured: number
  readonly #runtime: Runtime
  readonly #runtimeKey: string
  readonly #open: Gauge
  readonly #remaining: Gauge | undefined
  #snapshot: RuntimeSnapshot | undefined = undefined
  #max = 0

  constructor(
    deps: ResourceManagerDeps,
    index: number,
    configured: number,
    names: { readonly runtime: string; readonly open: string; readonly remaining: string | undefined },
  ) {
    this.#counters = deps.counters
    this.#index = index
    this.#configured = configured
    this.#runtime = deps.runtime
    this.#runtimeKey = deps.runtimePrefix + names.runtime
    this.#open = deps.scope.gauge(names.open)
    this.#remaining = names.remaining === undefined ? undefined : deps.scope.gauge(names.remaining)
  }

  get max(): number {
    const snapshot = this.#runtime.current
    if (snapshot !== this.#snapshot) {
      this.#snapshot = snapshot
      this.#max = snapshot.integer(this.#runtimeKey, this.#configured)
    }
    return this.#max
  }

  get count(): number {
    return this.#counters.get(this.#index)
  }

  canCreate(): boolean {
    return this.#counters.get(this.#index) < this.max
  }

  inc(): void {
    const [count, max] = [this.#counters.add(this.#index, 1), this.max]
    if (count === Math.max(1, max)) this.#open.inc()
    // One more than allowed is normal (a first connection is always made), and what remains is never less than nothing.
    if (count <= max) this.#remaining?.dec()
  }

  dec(): void {
    const [count, max] = [this.#counters.add(this.#index, -1), this.max]
    if (count === Math.max(1, max) - 1) this.#open.dec()
    if (count < max) this.#remaining?.inc()
  }

  /** Main thread, once: the part of the gauge that no worker takes away. */
  showRemaining(): void {
    this.#remaining?.set(this.max)
  }
}

/** Retries limited to a share of what is in flight (Thresholds.RetryBudget). */
class BudgetedRetries implements Resource {
  readonly #retries: SharedResource
  readonly #requests: Resource
  readonly #pending: Resource
  readonly #budget: RetryBudget

  constructor(retries: SharedResource, requests: Resource, pending: Resource, budget: RetryBudget) {
    this.#retries = retries
    this.#requests = requests
    this.#pending = pending
    this.#budget = budget
  }

  get max(): number {
    const inFlight = this.#requests.count + this.#pending.count
    const share = Math.floor((inFlight * this.#budget.budgetPercent) / 100)
    return Math.max(share, this.#budget.minRetryConcurrency)
  }

  get count(): number {
    return this.#retries.count
  }

  canCreate(): boolean {
    return this.count < this.max
  }

  inc(): void {
    this.#retries.inc()
  }

  dec(): void {
    this.#retries.dec()
  }
}

export class SharedResourceManager implements ResourceManager {
  readonly connections: SharedResource
  readonly pendingRequests: SharedResource
  readonly requests: SharedResource
  readonly retries: Resource
  readonly connectionPools: SharedResource
  readonly #retries: SharedResource

  constructor(deps: ResourceManagerDeps, priority: ResourcePriority, thresholds: Thresholds) {
    const base = priority === 'default' ? 0 : RESOURCES_PER_PRIORITY
    const make = (name: ResourceName, max: number, runtime: string, open: string, remaining: string) =>
      new SharedResource(deps, base + RESOURCE[name], max, {
        runtime,
        open: `circuit_breakers.${priority}.${open}`,
        remaining: thresholds.trackRemaining ? `circuit_breakers.${priority}.${remaining}` : undefined,
      })
    const { maxConnections, maxPendingRequests, maxRequests, maxRetries, maxConnectionPools } = thresholds
    this.connections = make('connections', maxConnections, 'max_connections', 'cx_open', 'remaining_cx')
    this.pendingRequests = make(
      'pendingRequests',
      maxPendingRequests,
      'max_pending_requests',
      'rq_pending_open',
      'remaining_pending',
    )
    this.requests = make('requests', maxRequests, 'max_requests', 'rq_open', 'remaining_rq')
    this.#retries = make('retries', maxRetries, 'max_retries', 'rq_retry_open', 'remaining_retries')
    this.connectionPools = make(
      'connectionPools',
      maxConnectionPools,
      'max_connection_pools',
      'cx_pool_open',
      'remaining_cx_pools',
    )
    const budget = thresholds.retryBudget
    this.retries =
      budget === undefined
        ? this.#retries
        : new BudgetedRetries(this.#retries, this.requests, this.pendingRequests, budget)
  }

  showRemaining(): void {
    this.connections.showRemaining()
    this.pendingRequests.showRemaining()
    this.requests.showRemaining()
    this.#retries.showRemaining()
    this.connectionPools.showRemaining()
  }
}
