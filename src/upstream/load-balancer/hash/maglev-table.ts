/**
 * Maglev (https://research.google/pubs/pub44824, §3.4): each host has its own order of the table's entries, and the hosts take
 * turns to claim the next free one in theirs; a host of half the weight misses every other turn.
 */
import { xxHash64 } from '../../../base/xx-hash64.ts'
import type { HashTable } from './hash-table.ts'
import type { HashedKey } from './hashed-host.ts'

interface Claimant {
  readonly place: number
  readonly share: number
  readonly skip: number
  /** The entry to claim next. */
  position: number
  /** The turn comes when the shares of all rounds reach this. */
  due: number
  count: number
}

export class MaglevTable implements HashTable {
  readonly #entries: Uint16Array | Uint32Array
  /** 2^32 modulo the size. */
  readonly #wrap: number
  /** How many entries the hosts have, at least and at most. */
  readonly counts: { readonly least: number; readonly most: number }

  /** `wantedSize`: a prime. */
  constructor(hosts: readonly HashedKey[], wantedSize: number) {
    // A host alone needs no more.
    const size = hosts.length === 1 ? 1 : wantedSize
    this.#entries = hosts.length <= 0xffff ? new Uint16Array(size) : new Uint32Array(size)
    this.#wrap = 2 ** 32 % size
    if (size === 1) {
      this.counts = { least: 1, most: 1 }
      return
    }
    const claimants = claimantsOf(hosts, size)
    this.#fill(claimants)
    const counts = claimants.map(({ count }) => count)
    this.counts = {
      least: counts.reduce((a, b) => Math.min(a, b), size),
      most: counts.reduce((a, b) => Math.max(a, b), 0),
    }
  }

  find(high: number, low: number, attempt: number): number {
    const size = this.#entries.length
    if (attempt > 0) {
      // Nearly all bits change, so that refused requests of one host do not all meet again.
      high = (high ^ 0xffff_ffff) >>> 0
      low = (low ^ -attempt) >>> 0
    }
    return this.#entries[((high % size) * this.#wrap + (low % size)) % size]!
  }

  #fill(claimants: readonly Claimant[]): void {
    const size = this.#entries.length
    const taken = new Uint8Array(size)
    const most = claimants.reduce((share, claimant) => Math.max(share, claimant.share), 0)
    let left = size
    for (let round = 1; left > 0; round++) {
      for (const claimant of claimants) {
        if (left === 0) return
        if (round * claimant.share < claimant.due) continue
        claimant.due += most
        while (taken[claimant.position] === 1) claimant.position = (claimant.position + claimant.skip) % size
        taken[claimant.position] = 1
        this.#entries[claimant.position] = claimant.place
        claimant.position = (claimant.position + claimant.skip) % size
        claimant.count++
        left--
      }
    }
  }
}

/** In the order of their keys, so that the order of discovery does not matter. */
function claimantsOf(hosts: readonly HashedKey[], size: number): readonly Claimant[] {
  const modulus = BigInt(size)
  const claimants = hosts.map(({ key, share }, place) => ({ key, place, share }))
  claimants.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return claimants.map(({ key, place, share }) => ({
    place,
    share,
    skip: Number(xxHash64(key, 1n) % (modulus - 1n)) + 1,
    position: Number(xxHash64(key) % modulus),
    due: 0,
    count: 0,
  }))
}
