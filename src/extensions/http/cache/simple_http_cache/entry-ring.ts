/**
 * Entries in shared memory, found by key, of which the oldest go when there is no room. Two rings turn together: slots (what
 * is known of an entry) and the data (its head, then its body), so that the oldest slot always has the oldest data. An entry that
 * was replaced only leaves its chain; its room comes back in its turn.
 *
 * The caller holds the lock of the memory around every call.
 */
import type { SharedPages } from '../../../../platform/shared-pages.ts'

/* What stands first in the memory, in 32-bit words. */
const COUNT = 0
const TAIL = 1
const NEXT_UNIT = 2
const HEADER = 4

const SLOT_WORDS = 6
const HASH = 0
/** Number of the next slot of the chain, plus one; 0 ends it. */
const CHAIN = 1
const UNIT = 2
const UNITS = 3
const HEAD_BYTES = 4
const BODY_BYTES = 5

/** Data begins at multiples of it. */
const UNIT_BYTES = 16

/** Lengths are 32-bit words. */
const MOST_ENTRY_BYTES = 2 ** 30

export interface RingEntry {
  readonly slot: number
  readonly offset: number
  readonly headBytes: number
  readonly bodyBytes: number
}

/** Whether this is the entry that is looked for: hashes may meet. */
export type IsWanted = (entry: RingEntry) => boolean

export class EntryRing {
  /** The largest entry that is taken: others would drive out everything. */
  readonly maxEntryBytes: number
  readonly #words: Int32Array
  readonly #buckets: number
  readonly #slots: number
  readonly #slotsStart: number
  readonly #dataStart: number
  readonly #units: number

  /** Zero at first. `slots`: how many entries, a power of two. */
  constructor(pages: SharedPages, slots: number) {
    this.#slots = slots
    this.#buckets = slots
    this.#slotsStart = HEADER + this.#buckets
    const words = this.#slotsStart + slots * SLOT_WORDS
    this.#words = pages.ints(0, words)
    this.#dataStart = Math.ceil((words * 4) / UNIT_BYTES) * UNIT_BYTES
    this.#units = Math.floor((pages.size - this.#dataStart) / UNIT_BYTES)
    this.maxEntryBytes = Math.min(Math.floor(this.#units / 2) * UNIT_BYTES, MOST_ENTRY_BYTES)
  }

  /** How large the memory must be for so much data. */
  static sizeFor(dataBytes: number, slots: number): number {
    return (HEADER + slots * (1 + SLOT_WORDS)) * 4 + UNIT_BYTES + dataBytes
  }

  find(hash: number, isWanted: IsWanted): RingEntry | undefined {
    for (let link = this.#words[this.#bucket(hash)]!; link !== 0; link = this.#words[this.#at(link - 1) + CHAIN]!) {
      if (this.#words[this.#at(link - 1) + HASH] !== hash) continue
      const entry = this.#entry(link - 1)
      if (isWanted(entry)) return entry
    }
    return undefined
  }

  /** It is not found any more. */
  remove(slot: number): void {
    const words = this.#words
    const at = this.#at(slot)
    let place = this.#bucket(words[at + HASH]!)
    while (words[place] !== 0) {
      const link = words[place]!
      const next = this.#at(link - 1) + CHAIN
      if (link === slot + 1) {
        words[place] = words[next]!
        return
      }
      place = next
    }
  }

  /** Room for an entry of at most `maxEntryBytes`; others go for it. It is found at once. */
  add(hash: number, headBytes: number, bodyBytes: number): RingEntry {
    const words = this.#words
    const units = Math.ceil((headBytes + bodyBytes) / UNIT_BYTES)
    const unit = this.#makeRoom(units)
    const slot = (words[TAIL]! + words[COUNT]!) % this.#slots
    words[COUNT]!++
    words[NEXT_UNIT] = unit + units
    const at = this.#at(slot)
    const bucket = this.#bucket(hash)
    words[at + HASH] = hash
    words[at + CHAIN] = words[bucket]!
    words[at + UNIT] = unit
    words[at + UNITS] = units
    words[at + HEAD_BYTES] = headBytes
    words[at + BODY_BYTES] = bodyBytes
    words[bucket] = slot + 1
    return this.#entry(slot)
  }

  /** Where `units` are free in one piece. */
  #makeRoom(units: number): number {
    const words = this.#words
    if (words[COUNT] === this.#slots) this.#dropOldest()
    while (words[COUNT]! > 0) {
      const next = words[NEXT_UNIT]!
      const oldest = words[this.#at(words[TAIL]!) + UNIT]!
      if (next > oldest) {
        if (this.#units - next >= units) return next
        if (oldest >= units) return 0
      } else if (oldest - next >= units) return next
      this.#dropOldest()
    }
    return 0
  }

  #dropOldest(): void {
    const words = this.#words
    const slot = words[TAIL]!
    this.remove(slot)
    words[TAIL] = (slot + 1) % this.#slots
    words[COUNT]!--
  }

  #entry(slot: number): RingEntry {
    const at = this.#at(slot)
    return {
      slot,
      offset: this.#dataStart + this.#words[at + UNIT]! * UNIT_BYTES,
      headBytes: this.#words[at + HEAD_BYTES]!,
      bodyBytes: this.#words[at + BODY_BYTES]!,
    }
  }

  #at(slot: number): number {
    return this.#slotsStart + slot * SLOT_WORDS
  }

  #bucket(hash: number): number {
    return HEADER + ((hash & (this.#buckets - 1)) >>> 0)
  }
}
