/**
 * Timers of requests, used again: almost every request needs one for a moment, so that making one (and the function it
 * calls) each time would be most of its cost.
 */
import type { Dispatcher, Timer } from '../api/event.ts'

export interface RequestTimerOwner {
  onRequestTimeout(): void
}

export class RequestTimer {
  owner: RequestTimerOwner | undefined = undefined
  readonly timer: Timer

  constructor(dispatcher: Dispatcher) {
    this.timer = dispatcher.timer(() => this.owner?.onRequestTimeout())
  }
}

const KEEP_AT_MOST = 1024

/** One per thread: `dispatcher.local(RequestTimers)`. */
export class RequestTimers {
  readonly #dispatcher: Dispatcher
  readonly #free: RequestTimer[] = []

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher
  }

  /** How many are armed for nobody. */
  get armedUnused(): number {
    return this.#free.filter(({ timer }) => timer.enabled).length
  }

  start(owner: RequestTimerOwner, ms: number): RequestTimer {
    const timer = this.#free.pop() ?? new RequestTimer(this.#dispatcher)
    timer.owner = owner
    timer.timer.enable(ms)
    return timer
  }

  /**
   * The owner is not called any more and must forget the timer. It stays armed: the next owner puts it off, which costs
   * less than to disarm and arm it, and without one it fires for nobody.
   */
  stop(timer: RequestTimer): void {
    timer.owner = undefined
    if (this.#free.length < KEEP_AT_MOST) this.#free.push(timer)
  }
}
