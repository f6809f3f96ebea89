/** A histogram at rest: bins in ascending order with their counts. */
export interface SortedBins {
  readonly bins: readonly number[]
  readonly counts: readonly number[]
  /** Envoy keeps them as whole millionths, which shows in the last digit of what is computed from them. */
  readonly areShares?: boolean
}

/** Counts by bin. */
export class Bins {
  readonly #counts = new Map<number, number>()
  #sorted: SortedBins | undefined
  readonly #areShares: boolean

  constructor(areShares = false) {
    this.#areShares = areShares
  }

  add(bin: number, count: number): void {
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + count)
    this.#sorted = undefined
  }

  clear(): void {
    this.#counts.clear()
    this.#sorted = undefined
  }

  addAll(other: Bins): void {
    for (const [bin, count] of other.#counts) this.add(bin, count)
  }

  sorted(): SortedBins {
    if (this.#sorted === undefined) {
      const bins = [...this.#counts.keys()].sort((a, b) => a - b)
      const counts = bins.map((bin) => this.#counts.get(bin) ?? 0)
      this.#sorted = this.#areShares ? { bins, counts, areShares: true } : { bins, counts }
    }
    return this.#sorted
  }

  sampleCount(): number {
    return this.sorted().counts.reduce((sum, count) => sum + count, 0)
  }
}
