/**
 * Latencies in shared memory, counted in log-linear bins of two digits, as libcircllhist has them: 0, then 1.0 to 9.9 of
 * each power of ten of microseconds. All calls under the owner's lock.
 */

const DECADES = 10
const PER_DECADE = 90

export const HISTOGRAM_LENGTH = 1 + DECADES * PER_DECADE

export class LatencyHistogram {
  readonly #counts: Float64Array

  /** `counts`: HISTOGRAM_LENGTH numbers of a state. */
  constructor(counts: Float64Array) {
    this.#counts = counts
  }

  add(us: number): void {
    this.#counts[binOf(us)]!++
  }

  clear(): void {
    this.#counts.fill(0)
  }

  get count(): number {
    let count = 0
    for (const each of this.#counts) count += each
    return count
  }

  /** In whole microseconds; the k samples of a bin are thought to stand at 1/(k+1), 2/(k+1) … of its width. */
  quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.count))
    let below = 0
    for (let bin = 0; bin < this.#counts.length; bin++) {
      const here = this.#counts[bin]!
      if (below + here >= rank) {
        return Math.floor(lowerOf(bin) + ((rank - below) / (here + 1)) * (lowerOf(bin + 1) - lowerOf(bin)))
      }
      below += here
    }
    return 0
  }
}

function binOf(us: number): number {
  if (us < 1) return 0
  const exponent = Math.min(DECADES - 1, Math.floor(Math.log10(us)))
  const digits = Math.min(99, Math.floor((us / 10 ** exponent) * 10 + 1e-9))
  return 1 + exponent * PER_DECADE + Math.max(0, digits - 10)
}

function lowerOf(bin: number): number {
  if (bin === 0) return 0
  const exponent = Math.floor((bin - 1) / PER_DECADE)
  return ((((bin - 1) % PER_DECADE) + 10) / 10) * 10 ** exponent
}
