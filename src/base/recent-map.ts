/**
 * A map for what comes again and again in rounds, thousands of keys each of which few are others than in the round before. It
 * forgets what nobody asked for in a round, now and then: never more than twice what the last round wanted stays.
 */

interface Entry<V> {
  value: V
  /** Of the last round that wanted it. */
  round: number
}

export class RecentMap<K, V> {
  readonly #entries = new Map<K, Entry<V>>()
  #round = 0
  #wanted = 0

  get size(): number {
    return this.#entries.size
  }

  nextRound(): void {
    if (this.#entries.size > 2 * this.#wanted) this.#forget()
    this.#round++
    this.#wanted = 0
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry.round !== this.#round) {
      entry.round = this.#round
      this.#wanted++
    }
    return entry.value
  }

  set(key: K, value: V): void {
    if (this.get(key) === undefined) {
      this.#entries.set(key, { value, round: this.#round })
      this.#wanted++
    } else this.#entries.get(key)!.value = value
  }

  #forget(): void {
    for (const [key, { round }] of this.#entries) if (round !== this.#round) this.#entries.delete(key)
  }
}
