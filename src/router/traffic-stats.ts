/**
 * Statistics of one virtual cluster or one route with `stat_prefix`, under `vhost.<host>.vcluster.<name>.` and
 * `vhost.<host>.route.<prefix>.`.
 */
import type { RouteTrafficCounter, RouteTrafficStats } from '../api/route.ts'
import type { Counter, Scope } from '../api/stats.ts'
import { CodeCounters } from './code-counters.ts'

const COUNTERS: readonly RouteTrafficCounter[] = [
  'upstream_rq_retry',
  'upstream_rq_retry_limit_exceeded',
  'upstream_rq_retry_overflow',
  'upstream_rq_retry_success',
  'upstream_rq_timeout',
  'upstream_rq_total',
]

export class TrafficStats implements RouteTrafficStats {
  readonly #counters: ReadonlyMap<RouteTrafficCounter, Counter>
  readonly #codes: CodeCounters

  constructor(scope: Scope) {
    this.#counters = new Map(COUNTERS.map((name) => [name, scope.counter(name)]))
    this.#codes = new CodeCounters(scope)
  }

  response(status: number): void {
    this.#codes.response(status)
  }

  responseTime(ms: number): void {
    this.#codes.time(ms)
  }

  counter(name: RouteTrafficCounter): Counter {
    // Every name of the type is in the table that the map was made of.
    return this.#counters.get(name)!
  }
}
