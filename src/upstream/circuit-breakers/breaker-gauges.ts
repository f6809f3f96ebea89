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
  RESOURCES_PER_PRIORITY,
} from '../shared-layout.ts'

const NAMES: readonly (readonly [ResourceName, open: string, remaining: string, keyof Thresholds])[] = [
  ['connections', 'cx_open', 'remaining_cx', 'maxConnections'],
  ['connectionPools', 'cx_pool_open', 'remaining_cx_pools', 'maxConnectionPools'],
  ['pendingRequests', 'rq_pending_open', 'remaining_pending', 'maxPendingRequests'],
  ['requests', 'rq_open', 'remaining_rq', 'maxRequests'],
  ['retries', 'rq_retry_open', 'remaining_retries', 'maxRetries'],
]

interface Shown {
  readonly index: number
  readonly open: Gauge
  readonly remaining: Gauge | undefined
}

export class BreakerGauges {
  readonly #counters: SharedCounters
  readonly #shown: readonly Shown[]

  /** `scope` is the cluster's. */
  constructor(scope: Scope, breakers: CircuitBreakers, counters: SharedCounters) {
    this.#counters = counters
    const create = (priority: ResourcePriority, base: number): readonly Shown[] => {
      const own = scope.scope('circuit_breakers').scope(priority)
      const thresholds = breakers[priority]
      return NAMES.map(([name, open, remaining, limit]) => ({
        index: base + RESOURCE[name],
        open: own.gauge(open),
        remaining: thresholds.trackRemaining ? startingAt(own.gauge(remaining), Number(thresholds[limit])) : undefined,
      }))
    }
    this.#shown = [...create('default', 0), ...create('high', RESOURCES_PER_PRIORITY)]
  }

  /** What the cluster has open is nobody's any more. */
  close(): void {
    for (const { index, open } of this.#shown) if (this.#counters.get(index + RESOURCE_STATE) !== 0) open.set(0)
  }

  refresh(): void {
    for (const { index, open, remaining } of this.#shown) {
      const state = this.#counters.get(index + RESOURCE_STATE)
      if (state === 0) continue
      if ((state & RESOURCE_SHOWN.state) !== 0) open.set((state & RESOURCE_SHOWN.open) === 0 ? 0 : 1)
      if ((state & RESOURCE_SHOWN.remaining) !== 0) remaining?.set(this.#counters.get(index + RESOURCE_REMAINING) >>> 0)
    }
  }
}

function startingAt(gauge: Gauge, value: number): Gauge {
  gauge.set(value)
  return gauge
}
