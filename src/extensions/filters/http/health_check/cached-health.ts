/**
 * The last answer to a health check, as long as it counts: at most a cache time, from one full one to the next. All
 * threads have it in common.
 */
import type { Dispatcher } from '../../../../api/event.ts'
import type { SharedStates } from '../../../../api/shared-states.ts'

export interface Health {
  readonly status: number
  readonly degraded: boolean
}

const PERIOD = 0
/** The status, negative when degraded. */
const STATUS = 1

export class CachedHealth {
  readonly #dispatcher: Pick<Dispatcher, 'wallNow'>
  readonly #cacheTimeMs: number
  readonly #epochMs: number
  readonly #state: Float64Array

  constructor(dispatcher: Pick<Dispatcher, 'wallNow'>, cacheTimeMs: number, states: SharedStates) {
    this.#dispatcher = dispatcher
    this.#cacheTimeMs = cacheTimeMs
    this.#epochMs = states.epochMs
    this.#state = states.claim('health', 2).floats
  }

  get current(): Health | undefined {
    if (this.#state[PERIOD] !== this.#presentPeriod()) return undefined
    const status = this.#state[STATUS]!
    return { status: Math.abs(status), degraded: status < 0 }
  }

  set({ status, degraded }: Health): void {
    this.#state[STATUS] = degraded ? -status : status
    this.#state[PERIOD] = this.#presentPeriod()
  }

  /** From 1, as the memory is zero at first. */
  #presentPeriod(): number {
    return Math.floor((this.#dispatcher.wallNow - this.#epochMs) / this.#cacheTimeMs) + 1
  }
}
