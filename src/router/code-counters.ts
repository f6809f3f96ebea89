/** Responses by status and by class under one scope. Counters appear with the first response that they count. */
import type { Counter, Histogram, Scope } from '../api/stats.ts'

export class CodeCounters {
  readonly #scope: Scope
  /** By status and by class (1–5). */
  readonly #codes = new Map<number, Counter>()
  #completed: Counter | undefined = undefined
  #time: Histogram | undefined = undefined

  constructor(scope: Scope) {
    this.#scope = scope
  }

  response(status: number): void {
    this.#completed ??= this.#scope.counter('upstream_rq_completed')
    this.#completed.inc()
    const group = Math.floor(status / 100)
    this.#code(group, `${group}xx`).inc()
    this.#code(status, String(status)).inc()
  }

  time(ms: number): void {
    this.#time ??= this.#scope.histogram('upstream_rq_time', 'ms')
    this.#time.record(ms)
  }

  #code(key: number, name: string): Counter {
    let counter = this.#codes.get(key)
    if (counter === undefined) this.#codes.set(key, (counter = this.#scope.counter(`upstream_rq_${name}`)))
    return counter
  }
}
