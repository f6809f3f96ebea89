/** The last answer to a health check, as long as it counts: at most a cache time, from one full one to the next. */
import type { Dispatcher } from '../../../../api/event.ts'

export interface Health {
  readonly status: number
  readonly degraded: boolean
}

export class CachedHealth {
  readonly #dispatcher: Pick<Dispatcher, 'now'>
  readonly #cacheTimeMs: number
  readonly #startedAt: number
  #health: Health | undefined = undefined
  #period = -1

  constructor(dispatcher: Pick<Dispatcher, 'now'>, cacheTimeMs: number) {
    this.#dispatcher = dispatcher
    this.#cacheTimeMs = cacheTimeMs
    this.#startedAt = dispatcher.now
  }

  get current(): Health | undefined {
    return this.#period === this.#presentPeriod() ? this.#health : undefined
  }

  set(health: Health): void {
    this.#health = health
    this.#period = this.#presentPeriod()
  }

  #presentPeriod(): number {
    return Math.floor((this.#dispatcher.now - this.#startedAt) / this.#cacheTimeMs)
  }
}
