/** Responses by status and by class under one scope. Counters appear with the first response that they count. */
import type { Counter, Histogram, Scope } from '../api/stats.ts'

export class CodeCounters {
  readonly #scope: Scope
  /** By status, and by class (1–5). */
  readonly #codes: (Counter | undefined)[] = []
  #completed: Counter | undefined = undefined
  #time: Histogram | undefined = undefined

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** The status is not told. */
  hiddenResponse(): void {
    this.#completed ??= this.#scope.counter('upstream_rq_completed')
    this.#completed.inc()
  }

  response(status: number): void {
    this.hiddenResponse()
    const digit = Math.floor(status / 100)
    if (digit < 1 || digit > 5) return this.#scope.counter('upstream_rq_unknown').inc()
    this.#code(digit).inc()
    this.#code(status).inc()
  }

  time(ms: number): void {
    this.#time ??= this.#scope.histogram('upstream_rq_time', 'ms')
    this.#time.record(ms)
  }

  #code(key: number): Counter {
    return (this.#codes[key] ??= this.#scope.counter(`upstream_rq_${key < 10 ? `${key}xx` : key}`))
  }
}
