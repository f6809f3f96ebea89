/**
 * Endpoints of an assignment that were read already: a subscription hands over the same object where nothing has changed. Only
 * what nobody had anything to say about is known, since whoever reads it once more would not hear of it.
 */
import type { Message } from '../../api/config.ts'
import type { EndpointConfig } from './load-assignment.ts'

export class KnownEndpoints {
  #known = new Map<Message, EndpointConfig>()
  /** Of the assignment that is being read. */
  #now = new Map<Message, EndpointConfig>()

  get(message: Message): EndpointConfig | undefined {
    const known = this.#known.get(message)
    if (known !== undefined) this.#now.set(message, known)
    return known
  }

  /** It was read for the first time. */
  note(message: Message, endpoint: EndpointConfig): void {
    this.#now.set(message, endpoint)
  }

  /** The assignment is read; `isFine`: without a word. */
  settle(isFine: boolean): void {
    if (isFine) this.#known = this.#now
    this.#now = new Map()
  }
}
