/** Seconds that all threads count from the epoch of their shared states; read once a turn of the loop. */
import type { Dispatcher } from '../api/event.ts'
import type { BucketClock } from './atomic-token-bucket.ts'
import type { SharedStates } from './shared-states.ts'

export class SharedClock implements BucketClock {
  readonly #dispatcher: Pick<Dispatcher, 'wallNow'>
  readonly #epochMs: number

  constructor(dispatcher: Pick<Dispatcher, 'wallNow'>, states: Pick<SharedStates, 'epochMs'>) {
    this.#dispatcher = dispatcher
    this.#epochMs = states.epochMs
  }

  get seconds(): number {
    return (this.#dispatcher.wallNow - this.#epochMs) / 1000
  }
}
