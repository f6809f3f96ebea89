/** One piece of work that several managers wait for: it is begun once, and whoever asks later hears of its end as well. */
import type { InitTarget } from './init-manager.ts'

export class SharedInitTarget implements InitTarget {
  readonly name: string
  readonly #begin: () => void
  readonly #waiting: (() => void)[] = []
  #begun = false
  #isReady = false

  /** `begin` begins the work, and sees to it that `ready` is called, possibly inside of it. */
  constructor(name: string, begin: () => void) {
    this.name = name
    this.#begin = begin
  }

  initialize(ready: () => void): void {
    if (this.#isReady) return ready()
    this.#waiting.push(ready)
    this.begin()
  }

  /** Without waiting for it. */
  begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.#begin()
  }

  /** The work is done, or is in vain. Idempotent. */
  ready(): void {
    this.#isReady = true
    for (const ready of this.#waiting.splice(0)) ready()
  }
}
