/** Requests and successes of the sampling window, by seconds. Each thread has its own, as in Envoy. */
import type { Dispatcher } from '../../../../api/event.ts'

interface Sample {
  /** Monotonic ms. */
  readonly at: number
  requests: number
  successes: number
}

const GRANULARITY_MS = 1000

export class RequestHistory {
  readonly #dispatcher: Pick<Dispatcher, 'now'>
  readonly #windowMs: number
  /** The oldest first. */
  readonly #samples: Sample[] = []
  #requests = 0
  #successes = 0

  constructor(dispatcher: Pick<Dispatcher, 'now'>, windowMs: number) {
    this.#dispatcher = dispatcher
    this.#windowMs = windowMs
  }

  record(success: boolean): void {
    const sample = this.#current()
    sample.requests++
    this.#requests++
    if (!success) return
    sample.successes++
    this.#successes++
  }

  get requests(): number {
    this.#current()
    return this.#requests
  }

  get successes(): number {
    this.#current()
    return this.#successes
  }

  /** Requests a second over the whole window, also before it has passed once; rounded down. */
  get averageRps(): number {
    this.#current()
    return this.#requests === 0 ? 0 : Math.floor(this.#requests / (this.#windowMs / 1000))
  }

  #current(): Sample {
    const { now } = this.#dispatcher
    const samples = this.#samples
    for (let oldest = samples[0]; oldest !== undefined && now - oldest.at >= this.#windowMs; oldest = samples[0]) {
      this.#requests -= oldest.requests
      this.#successes -= oldest.successes
      samples.shift()
    }
    const newest = samples.at(-1)
    if (newest !== undefined && now - newest.at < GRANULARITY_MS) return newest
    const made = { at: now, requests: 0, successes: 0 }
    samples.push(made)
    return made
  }
}
