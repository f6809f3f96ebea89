/**
 * Maglev (https://research.google/pubs/pub44824, §3.4): each host has its own order of the table's entries, and the hosts take
 * turns to claim the next free one in theirs; a host of half the weight misses every other turn.
 */
import { xxHash64 } from '../../../base/xx-hash64.ts'
import type { HashTable } from './hash-table.ts'
import type { HashedKey } from './hashed-host.ts'
import { hashesOf } from './host-hashes.ts'

/** In the order of their turns; a list for each property, as there may be ten thousand. */
interface Claimants {
  readonly places: Uint32Array
  readonly shares: Float64Array
  readonly skips: Uint32Array
  /** The entries to claim next. */
  readonly positions: Uint32Array
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
    const counts = this.#fill(claimantsOf(hosts, size))
    let least = size
    let most = 0
    for (const count of counts) {
      least = Math.min(least, count)
      most = Math.max(most, count)
    }
    this.counts = { least, most }
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

  /** How many entries each has then. */
  #fill({ places, shares, skips, positions }: Claimants): Uint32Array {
    const entries = this.#entries
    const size = entries.length
    const taken = new Uint8Array(size)
    const counts = new Uint32Array(places.length)
    /** The turn comes when the shares of all rounds reach this. */
    const due = new Float64Array(places.length)
    let most = 0
    for (const share of shares) most = Math.max(most, share)
    let left = size
    for (let round = 1; left > 0; round++) {
      for (let at = 0; at < places.length; at++) {
        if (left === 0) return counts
        if (round * shares[at]! < due[at]!) continue
        due[at] = due[at]! + most
        const skip = skips[at]!
        let position = positions[at]!
        // Both are less than the size.
        while (taken[position] === 1) position = position + skip < size ? position + skip : position + skip - size
        taken[position] = 1
        entries[position] = places[at]!
        positions[at] = position + skip < size ? position + skip : position + skip - size
        counts[at] = counts[at]! + 1
        left--
      }
    }
    return counts
  }
}

/** In the order of their keys, so that the order of discovery does not matter. */
function claimantsOf(hosts: readonly HashedKey[], size: number): Claimants {
  const { length } = hosts
  const places = placesByKey(hosts)
  const claimants = {
    places,
    shares: new Float64Array(length),
    skips: new Uint32Array(length),
    positions: new Uint32Array(length),
  }
  for (let at = 0; at < length; at++) {
    const host = hosts[places[at]!]!
    const [position, skip] = firstTurn(host, size)
    claimants.shares[at] = host.share
    claimants.positions[at] = position!
    claimants.skips[at] = skip!
  }
  return claimants
}

/** The runtime sorts texts several times as fast as anything that it has to ask a function about. */
function placesByKey(hosts: readonly HashedKey[]): Uint32Array {
  const keys = hosts.map(({ key }) => key)
  /** By key, the first place that is not taken yet. */
  const next = new Map<string, number>()
  /** The next place with the same key; 0: there is none. */
  const later = new Uint32Array(hosts.length)
  for (let place = keys.length - 1; place >= 0; place--) {
    later[place] = next.get(keys[place]!) ?? 0
    next.set(keys[place]!, place)
  }
  const places = new Uint32Array(hosts.length)
  keys.sort()
  for (let at = 0; at < keys.length; at++) {
    const place = next.get(keys[at]!)!
    places[at] = place
    if (later[place] !== 0) next.set(keys[at]!, later[place]!)
  }
  return places
}

/** Which entry a host claims first, and how far it goes on from there. */
function firstTurn({ key, owner }: HashedKey, size: number): Uint32Array {
  return hashesOf(owner, key, `maglev ${size}`, 2, () => {
    const modulus = BigInt(size)
    const skip = Number(xxHash64(key, 1n) % (modulus - 1n)) + 1
    return Uint32Array.of(Number(xxHash64(key) % modulus), skip)
  })
}
