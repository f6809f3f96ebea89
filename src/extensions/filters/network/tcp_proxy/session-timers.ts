/** The clocks of one session: idleness, its longest life, and the rhythm of its log. */
import type { Dispatcher, Timer } from '../../../../api/event.ts'

export interface TimedSession {
  readonly dispatcher: Dispatcher
  /** Any number that has changed when queued bytes have left since. */
  readonly queuedBytes: number
  onIdle(): void
}

/**
 * Nothing is done to a timer per chunk: activity leaves its time here, and the timer looks at it when it comes. Bytes that
 * leave a queue in the meantime are activity as well.
 */
export class IdleClock {
  readonly #session: TimedSession
  readonly #dispatcher: Dispatcher
  readonly #timeoutMs: number
  readonly #timer: Timer
  #lastActive: number
  #queuedBytes = 0

  constructor(session: TimedSession, timeoutMs: number) {
    this.#session = session
    this.#dispatcher = session.dispatcher
    this.#timeoutMs = timeoutMs
    this.#lastActive = this.#dispatcher.now
    this.#timer = this.#dispatcher.timer(() => this.#look())
    this.#timer.enable(timeoutMs)
  }

  touch(): void {
    this.#lastActive = this.#dispatcher.now
  }

  stop(): void {
    this.#timer.disable()
  }

  #look(): void {
    const { queuedBytes } = this.#session
    if (queuedBytes !== this.#queuedBytes) {
      this.#queuedBytes = queuedBytes
      this.touch()
    }
    const leftMs = this.#lastActive + this.#timeoutMs - this.#dispatcher.now
    if (leftMs > 0) this.#timer.enable(leftMs)
    else this.#session.onIdle()
  }
}
