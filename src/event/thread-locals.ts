/** What rooms keep once a thread: one object of each class, made at first use. */
import type { Dispatcher } from '../api/event.ts'

export class ThreadLocals {
  readonly #dispatcher: Dispatcher
  readonly #made = new Map<unknown, unknown>()

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher
  }

  get<T extends object>(Kind: new (dispatcher: Dispatcher) => T): T {
    const known = this.#made.get(Kind)
    // The map holds under a class only what that class made.
    if (known !== undefined) return known as T
    const made = new Kind(this.#dispatcher)
    this.#made.set(Kind, made)
    return made
  }
}
