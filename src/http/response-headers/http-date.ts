/** The Date of responses, formatted once a second (RFC 9110 §5.6.7). One per thread. */
import type { Dispatcher } from '../../api/event.ts'

export class HttpDate {
  readonly #dispatcher: Dispatcher
  #second = -1
  #text = ''

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher
  }

  get text(): string {
    const second = Math.floor(this.#dispatcher.wallNow / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(second * 1000).toUTCString()
    }
    return this.#text
  }
}
