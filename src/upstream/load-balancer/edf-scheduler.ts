/**
 * Earliest deadline first: entries come in proportion to their weights, interleaved, and exactly so over each round
 * (Envoy docs: intro/arch_overview/upstream/load_balancing/load_balancers, weighted round robin). A binary heap over
 * plain arrays.
 */

export class EdfScheduler<T> {
  readonly #entries: Entry<T>[] = []
  readonly #weightOf: (item: T) => number
  readonly #isDynamic: boolean
  #time = 0
  #nextOrder = 0

  /** `isDynamic`: the weight of an entry is asked for whenever it is put back. */
  constructor(items: readonly T[], weightOf: (item: T) => number, isDynamic = false) {
    this.#weightOf = weightOf
    this.#isDynamic = isDynamic
    for (const item of items) {
      const step = 1 / weightOf(item)
      this.#push({ item, step, deadline: step, order: this.#nextOrder++ })
    }
  }

  /** Takes the entry that is due and puts it back one step later. */
  pick(): T | undefined {
    const entry = this.#entries[0]
    if (entry === undefined) return undefined
    this.#time = entry.deadline
    if (this.#isDynamic) entry.step = 1 / this.#weightOf(entry.item)
    entry.deadline = this.#time + entry.step
    entry.order = this.#nextOrder++
    this.#sink(entry)
    return entry.item
  }

  #push(entry: Entry<T>): void {
    const heap = this.#entries
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]!
      if (!isBefore(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  /** Moves the root, which has become later, down to its place. */
  #sink(entry: Entry<T>): void {
    const heap = this.#entries
    const { length } = heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= length) break
      const right = child + 1
      if (right < length && isBefore(heap[right]!, heap[child]!)) child = right
      if (!isBefore(heap[child]!, entry)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = entry
  }
}

interface Entry<T> {
  readonly item: T
  step: number
  deadline: number
  /** Of two that are due at once, the one that has waited longer comes first. */
  order: number
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order)
}
