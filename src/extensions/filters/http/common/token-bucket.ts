/** Tokens that come at a steady rate up to a maximum; a fraction of one is kept for later. */
import type { Dispatcher } from '../../../../api/event.ts'

export class TokenBucket {
  readonly #dispatcher: Pick<Dispatcher, 'now'>
  readonly #max: number
  readonly #perMs: number
  #tokens: number
  /** Monotonic ms. */
  #filledAt: number

  /** Starts with `initial` tokens. */
  constructor(dispatcher: Pick<Dispatcher, 'now'>, max: number, perSecond: number, initial: number) {
    this.#dispatcher = dispatcher
    this.#max = max
    this.#perMs = perSecond / 1000
    this.#tokens = initial
    this.#filledAt = dispatcher.now
  }

  /** Up to `wanted` whole tokens: as many as there are. */
  take(wanted: number): number {
    const { now } = this.#dispatcher
    this.#tokens = Math.min(this.#max, this.#tokens + (now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
    const taken = Math.min(wanted, Math.floor(this.#tokens))
    this.#tokens -= taken
    return taken
  }
}
