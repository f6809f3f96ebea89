/**
 * Earliest deadline first: entries come in proportion to their weights, interleaved, and exactly so over each round
 * (Envoy docs: intro/arch_overview/upstream/load_balancing/load_balancers, weighted round robin). A binary heap over
 * arrays of numbers, so that a heap of ten thousand still is near the processor.
 */

export class EdfScheduler<T> {
  readonly #items: readonly T[]
  readonly #weightOf: (item: T) => number
  readonly #isDynamic: boolean
  /** By item. */
  readonly #steps: Float64Array
  // The heap, by place in it.
  readonly #deadlines: Float64Array
  /** Of two that are due at once, the one that has waited longer comes first. */
  readonly #orders: Float64Array
  /** Index of the item. */
  readonly #entries: Uint32Array
  #nextOrder = 0

  /** `isDynamic`: the weight of an entry is asked for whenever it is put back. */
  constructor(items: readonly T[], weightOf: (item: T) => number, isDynamic = false) {
    const { length } = items
    this.#items = items
    this.#weightOf = weightOf
    this.#isDynamic = isDynamic
    this.#steps = new Float64Array(length)
    this.#deadlines = new Float64Array(length)
    this.#orders = new Float64Array(length)
    this.#entries = new Uint32Array(length)
    for (let at = 0; at < length; at++) {
      const step = 1 / weightOf(items[at]!)
      this.#steps[at] = step
      this.#deadlines[at] = step
      this.#orders[at] = this.#nextOrder++
      this.#entries[at] = at
    }
    for (let at = (length >> 1) - 1; at >= 0; at--) {
      this.#sink(at, this.#deadlines[at]!, this.#orders[at]!, this.#entries[at]!)
    }
  }

  /** Takes the entry that is due and puts it back one step later. */
  pick(): T | undefined {
    if (this.#items.length === 0) return undefined
    const entry = this.#entries[0]!
    const item = this.#items[entry]!
    const time = this.#deadlines[0]!
    const step = this.#isDynamic ? 1 / this.#weightOf(item) : this.#steps[entry]!
    this.#sink(0, time + step, this.#nextOrder++, entry)
    return item
  }

  /** Puts an entry in the place `at` of the heap, or as far below as it belongs. */
  #sink(at: number, deadline: number, order: number, entry: number): void {
    const deadlines = this.#deadlines
    const orders = this.#orders
    const entries = this.#entries
    const { length } = entries
    for (;;) {
      let child = 2 * at + 1
      if (child >= length) break
      let due = deadlines[child]!
      const right = child + 1
      if (right < length) {
        const other = deadlines[right]!
        if (other < due || (other === due && orders[right]! < orders[child]!)) {
          child = right
          due = other
        }
      }
      if (deadline < due || (deadline === due && order < orders[child]!)) break
      deadlines[at] = due
      orders[at] = orders[child]!
      entries[at] = entries[child]!
      at = child
    }
    deadlines[at] = deadline
    orders[at] = order
    entries[at] = entry
  }
}
