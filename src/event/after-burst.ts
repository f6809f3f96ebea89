/** Does something once a burst of events is over, if it was a large one; costs an event a comparison and an addition. */
import type { Dispatcher, Timer } from '../api/event.ts'

export interface BurstSettings {
  /** Without an event for so long, a burst is over: at least this, at most twice as much. */
  readonly quietMs: number
  /** Smaller ones are not worth it. */
  readonly atLeast: number
}

export class AfterBurst {
  readonly #settings: BurstSettings
  readonly #act: () => void
  readonly #timer: Timer
  #events = 0
  #eventsBefore = 0

  constructor(dispatcher: Dispatcher, settings: BurstSettings, act: () => void) {
    this.#settings = settings
    this.#act = act
    this.#timer = dispatcher.timer(() => this.#look())
  }

  event(): void {
    if (this.#events++ === 0) this.#timer.enable(this.#settings.quietMs)
  }

  #look(): void {
    if (this.#events !== this.#eventsBefore) {
      this.#eventsBefore = this.#events
      this.#timer.enable(this.#settings.quietMs)
      return
    }
    const large = this.#events >= this.#settings.atLeast
    this.#events = 0
    this.#eventsBefore = 0
    if (large) this.#act()
  }
}
