/** When a request was complete, and the timeout that runs from then on. */
import type { Dispatcher } from '../api/event.ts'
import type { RequestTimer, RequestTimerOwner, RequestTimers } from './request-timers.ts'

export class RequestClock {
  complete = false
  readonly #dispatcher: Dispatcher
  readonly #timers: RequestTimers
  #completeAt = 0
  #timer: RequestTimer | undefined = undefined

  constructor(dispatcher: Dispatcher, timers: RequestTimers) {
    this.#dispatcher = dispatcher
    this.#timers = timers
  }

  onComplete(): void {
    this.complete = true
    this.#completeAt = this.#dispatcher.now
  }

  /** ms since the request was complete; 0 while it is not. */
  get elapsedMs(): number {
    return this.complete ? this.#dispatcher.now - this.#completeAt : 0
  }

  /** 0: no timeout. A timer that runs already is left alone. */
  startTimeout(owner: RequestTimerOwner, ms: number): void {
    if (ms > 0) this.#timer ??= this.#timers.start(owner, ms)
  }

  stopTimeout(): void {
    if (this.#timer === undefined) return
    this.#timers.stop(this.#timer)
    this.#timer = undefined
  }
}
