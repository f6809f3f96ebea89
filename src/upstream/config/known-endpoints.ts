/**
 * Endpoints of an assignment that were read already: a subscription hands over the same object where nothing has changed. Only
 * what nobody had anything to say about is known, since whoever reads it once more would not hear of it.
 */
import type { Message } from '../../api/config.ts'
import { RecentMap } from '../../base/recent-map.ts'
import type { EndpointConfig } from './load-assignment.ts'

export class KnownEndpoints {
  readonly #known = new RecentMap<Message, EndpointConfig>()
  /** Of the assignment that is being read, for the first time. */
  #read: (readonly [Message, EndpointConfig])[] = []

  get(message: Message): EndpointConfig | undefined {
    return this.#known.get(message)
  }

  note(message: Message, endpoint: EndpointConfig): void {
    this.#read.push([message, endpoint])
  }

  /** The assignment is read; `isFine`: without a word. */
  settle(isFine: boolean): void {
    if (isFine) for (const [message, endpoint] of this.#read) this.#known.set(message, endpoint)
    this.#read = []
    this.#known.nextRound()
  }
}
