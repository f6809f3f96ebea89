/**
 * Statistics of one virtual cluster or one route with `stat_prefix`, under `vhost.<host>.vcluster.<name>.` and
 * `vhost.<host>.route.<prefix>.`. Counters by code appear with the first response that has it.
 */
import type { RouteTrafficCounter, RouteTrafficStats } from '../api/route.ts'
import type { Counter, Histogram, Scope } from '../api/stats.ts'

const COUNTERS: readonly RouteTrafficCounter[] = [
  'upstream_rq_retry',
  'upstream_rq_retry_limit_exceeded',
  'upstream_rq_retry_overflow',
  'upstream_rq_retry_success',
  'upstream_rq_timeout',
  'upstream_rq_total',
]

export class TrafficStats implements RouteTrafficStats {
  readonly #scope: Scope
  readonly #counters: ReadonlyMap<RouteTrafficCounter, Counter>
  /** By status and by class (1–5). */
  readonly #codes = new Map<number, Counter>()
  #completed: Counter | undefined = undefined
  #time: Histogram | undefined = undefined

  constructor(scope: Scope) {
    this.#scope = scope
    this.#counters = new Map(COUNTERS.map((name) => [name, scope.counter(name)]))
  }

  response(status: number): void {
    this.#completed ??= this.#scope.counter('upstream_rq_completed')
    this.#completed.inc()
    const group = Math.floor(status / 100)
    this.#code(group, `${group}xx`).inc()
    this.#code(status, String(status)).inc()
  }

  responseTime(ms: number): void {
    this.#time ??= this.#scope.histogram('upstream_rq_time', 'ms')
    this.#time.record(ms)
  }

  counter(name: RouteTrafficCounter): Counter {
    // Every name of the type is in the table that the map was made of.
    return this.#counters.get(name)!
  }

  #code(key: number, name: string): Counter {
    let counter = this.#codes.get(key)
    if (counter === undefined) this.#codes.set(key, (counter = this.#scope.counter(`upstream_rq_${name}`)))
    return counter
  }
}
