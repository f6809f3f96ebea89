/**
 * `cluster.<name>.circuit_breakers.`: whether limits are reached, and what remains of them, as the threads that count left it
 * beside their counts. Main thread only.
 */
import type { Gauge, Scope } from '../../api/stats.ts'
import type { ResourcePriority } from '../../api/upstream.ts'
import type { SharedCounters } from '../../stats/shared-counters.ts'
import type { CircuitBreakers, Thresholds } from '../config/circuit-breakers.ts'
import type { ResourceName } from '../shared-layout.ts'
import {
  RESOURCE,
  RESOURCE_REMAINING,
  RESOURCE_SHOWN,
  RESOURCE_STATE,
  RESOURCES,
  RESOURCES_PER_PRIORITY,
} from '../shared-layout.ts'

const NAMES: readonly (readonly [ResourceName, open: string, remaining: string, keyof Thresholds])[] = [
  ['connections', 'cx_open', 'remaining_cx', 'maxConnections'],
  ['connectionPools', 'cx_pool_open', 'remaining_cx_pools', 'maxConnectionPools'],
  ['pendingRequests', 'rq_pending_open', 'remaining_pending', 'maxPendingRequests'],
  ['requests', 'rq_open', 'remaining_rq', 'maxRequests'],
  ['retries', 'rq_retry_open', 'remaining_retries', 'maxRetries'],
]

const PRIORITIES: readonly ResourcePriority[] = ['default', 'high']

/** Of the gauges that every cluster has. */
export const BREAKER_NAMES: readonly string[] = PRIORITIES.flatMap((priority) =>
  NAMES.map(([, open]) => `circuit_breakers.${priority}.${open}`),
)

/** A limit that somebody has counted at. */
interface Shown {
  readonly open: Gauge
  readonly remaining: Gauge | undefined
}

export class BreakerGauges {
  readonly #scope: Scope
  readonly #breakers: CircuitBreakers
  readonly #counters: SharedCounters
  readonly #shown = new Map<number, Shown>()

  /** `scope` is the cluster's. */
  constructor(scope: Scope, breakers: CircuitBreakers, counters: SharedCounters) {
    this.#scope = scope
    this.#breakers = breakers
    this.#counters = counters
    for (let index = 0; index < RESOURCES; index++) if (breakers[priorityOf(index)].trackRemaining) this.#show(index)
  }

  /** What the cluster has open is nobody's any more. */
  close(): void {
    for (const [index, { open }] of this.#shown) if (this.#counters.get(index + RESOURCE_STATE) !== 0) open.set(0)
  }

  refresh(): void {
    for (let index = 0; index < RESOURCES; index++) {
      const state = this.#counters.get(index + RESOURCE_STATE)
      if (state === 0) continue
      const { open, remaining } = this.#shown.get(index) ?? this.#show(index)
      if ((state & RESOURCE_SHOWN.state) !== 0) open.set((state & RESOURCE_SHOWN.open) === 0 ? 0 : 1)
      if ((state & RESOURCE_SHOWN.remaining) !== 0) remaining?.set(this.#counters.get(index + RESOURCE_REMAINING) >>> 0)
    }
  }

  #show(index: number): Shown {
    const priority = priorityOf(index)
    const thresholds = this.#breakers[priority]
    // RESOURCE numbers the same five, in the same order.
    const [, open, remaining, limit] = NAMES.find(([name]) => RESOURCE[name] === index % RESOURCES_PER_PRIORITY)!
    const scope = this.#scope.scope('circuit_breakers').scope(priority)
    const shown: Shown = {
      open: scope.gauge(open),
      remaining: thresholds.trackRemaining ? startingAt(scope.gauge(remaining), Number(thresholds[limit])) : undefined,
    }
    this.#shown.set(index, shown)
    return shown
  }
}

function priorityOf(index: number): ResourcePriority {
  return index < RESOURCES_PER_PRIORITY ? 'default' : 'high'
}

function startingAt(gauge: Gauge, value: number): Gauge {
  gauge.set(value)
  return gauge
}
