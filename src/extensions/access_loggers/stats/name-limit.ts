/**
 * So many names there may be, on all threads together: a hash table of names in shared memory that never shrinks. Asked once
 * for each name and thread, and again for those beyond the limit.
 */
import type { SharedState, SharedStates } from '../../../api/shared-states.ts'
import { lockShared, unlockShared } from '../../../base/shared-lock.ts'

/** Of the first float: the lock, and how many names there are. Then a float for each place. */
const LOCK = 0
const COUNT = 1
const HEADER_FLOATS = 1

export class NameLimit {
  readonly #most: number
  readonly #places: number
  readonly #state: SharedState | undefined

  constructor(most: number, states: SharedStates, kind: string) {
    this.#most = most
    this.#places = most * 2
    this.#state = most === 0 ? undefined : states.claim(kind, HEADER_FLOATS + this.#places)
  }

  /** Whether the name is among them, now that it is asked for. */
  admits(name: string): boolean {
    const ints = this.#state?.ints
    if (ints === undefined) return false
    const low = Bun.hash.xxHash32(name, 1) | 0
    // Zero is a place that is free.
    const high = Bun.hash.xxHash32(name, 2) | 1
    lockShared(ints, LOCK)
    const at = this.#placeOf(ints, low, high)
    const isThere = ints[at + 1] !== 0
    const admits = isThere || ints[COUNT]! < this.#most
    if (admits && !isThere) {
      ints[at] = low
      ints[at + 1] = high
      ints[COUNT]!++
    }
    unlockShared(ints, LOCK)
    return admits
  }

  /** Where it is or would be. Half of the places are free at least. */
  #placeOf(ints: Int32Array, low: number, high: number): number {
    let place = (low >>> 0) % this.#places
    for (;;) {
      const at = (HEADER_FLOATS + place) * 2
      if (ints[at + 1] === 0 || (ints[at] === low && ints[at + 1] === high)) return at
      place = (place + 1) % this.#places
    }
  }
}
