import { isTouched } from './untouched.ts'

interface SetByThread {
  readonly value: Float64Array
  readonly index: number
  readonly stamp: Float64Array
  readonly stampIndex: number
}

/** What each thread has set a gauge to: the latest counts. */
export class LatestSlots {
  readonly #threads: SetByThread[] = []

  add(value: Float64Array, index: number, stamp: Float64Array, stampIndex: number): void {
    this.#threads.push({ value, index, stamp, stampIndex })
  }

  get value(): number {
    let latest = 0
    let at = -1
    for (const { value, index, stamp, stampIndex } of this.#threads) {
      const set = stamp[stampIndex]!
      if (!isTouched(set) || set < at) continue
      at = set
      latest = value[index]!
    }
    return latest
  }

  get touched(): boolean {
    return this.#threads.some(({ stamp, stampIndex }) => isTouched(stamp[stampIndex]!))
  }
}
