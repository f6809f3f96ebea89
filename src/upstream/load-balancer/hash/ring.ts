/**
 * Ketama: each host stands at many places of a ring of hashes, in proportion to its weight; a request goes to the first one at
 * or behind its own hash (Envoy docs: intro/arch_overview/upstream/load_balancing/load_balancers, ring hash). A host that goes
 * away takes only its own requests with it.
 */
import { murmurHash2 } from '../../../base/murmur-hash2.ts'
import { xxHash64 } from '../../../base/xx-hash64.ts'
import type { RingHashPolicy } from '../../config/policies/policy.ts'
import type { HashTable } from './hash-table.ts'
import type { HashedKey } from './hashed-host.ts'
import { hashesOf } from './host-hashes.ts'

export type RingSettings = Pick<RingHashPolicy, 'hashFunction' | 'minimumRingSize' | 'maximumRingSize'>

export class Ring implements HashTable {
  /** Halves of the hashes, in order. */
  readonly #high: Uint32Array
  readonly #low: Uint32Array
  readonly #places: Uint32Array
  /** How often a host stands here, at least and at most. */
  readonly counts: { readonly least: number; readonly most: number }

  constructor(hosts: readonly HashedKey[], settings: RingSettings) {
    const counts = ringCounts(
      hosts.map(({ share }) => share),
      settings,
    )
    const size = counts.reduce((sum, count) => sum + count, 0)
    this.counts = {
      least: counts.reduce((a, b) => Math.min(a, b), size),
      most: counts.reduce((a, b) => Math.max(a, b), 0),
    }
    const high = new Uint32Array(size)
    const low = new Uint32Array(size)
    const places = new Uint32Array(size)
    let at = 0
    for (let place = 0; place < hosts.length; place++) {
      const count = counts[place]!
      const halves = halvesOf(hosts[place]!, count, settings.hashFunction)
      for (let i = 0; i < count; i++) {
        low[at] = halves[2 * i]!
        high[at] = halves[2 * i + 1]!
        places[at++] = place
      }
    }
    const order = inOrder(high, low)
    this.#high = picked(high, order)
    this.#low = picked(low, order)
    this.#places = picked(places, order)
  }

  get size(): number {
    return this.#high.length
  }

  find(high: number, low: number, attempt: number): number {
    const { length } = this.#high
    let from = 0
    let to = length
    while (from < to) {
      const middle = (from + to) >>> 1
      const other = this.#high[middle]!
      if (other < high || (other === high && this.#low[middle]! < low)) from = middle + 1
      else to = middle
    }
    const first = from === length ? 0 : from
    return this.#places[attempt === 0 ? first : (first + attempt) % length]!
  }
}

/** Of `count` hashes, the lower half of each first. */
function halvesOf({ key, owner }: HashedKey, count: number, hashFunction: RingSettings['hashFunction']): Uint32Array {
  return hashesOf(owner, key, hashFunction, 2 * count, () => {
    const hash = hashFunction === 'XX_HASH' ? xxHash64 : murmurHash2
    const halves = new Uint32Array(2 * count)
    for (let i = 0; i < count; i++) {
      const value = hash(`${key}_${i}`)
      halves[2 * i] = Number(value & 0xffff_ffffn)
      halves[2 * i + 1] = Number(value >> 32n)
    }
    return halves
  })
}

/** Exact integers: as many leading bits of the hash as there is room for beside the index. */
const EXACT_BITS = 53

/**
 * Indices by hash. Numbers sort several times as fast as anything that has to be compared by a function, so the index goes along
 * as the lower digits; the few that are still out of order then are moved.
 */
function inOrder(high: Uint32Array, low: Uint32Array): Uint32Array {
  const indexBits = Math.ceil(Math.log2(Math.max(2, high.length)))
  const shift = Math.max(0, 32 + indexBits - EXACT_BITS)
  const indices = 2 ** indexBits
  const keys = new Float64Array(high.length)
  for (let i = 0; i < keys.length; i++) keys[i] = (high[i]! >>> shift) * indices + i
  keys.sort()
  const order = new Uint32Array(keys.length)
  for (let i = 0; i < order.length; i++) order[i] = keys[i]! % indices
  for (let i = 1; i < order.length; i++) {
    const moved = order[i]!
    let to = i
    for (; to > 0 && isLess(moved, order[to - 1]!); to--) order[to] = order[to - 1]!
    order[to] = moved
  }
  return order

  function isLess(a: number, b: number): boolean {
    return high[a]! < high[b]! || (high[a] === high[b] && low[a]! < low[b]!)
  }
}

function picked(from: Uint32Array, order: Uint32Array): Uint32Array {
  const list = new Uint32Array(order.length)
  for (let i = 0; i < list.length; i++) list[i] = from[order[i]!]!
  return list
}

/** How often each host stands on the ring: the host with the least weight a whole number of times, as far as the limits let. */
export function ringCounts(
  shares: readonly number[],
  { minimumRingSize, maximumRingSize }: Omit<RingSettings, 'hashFunction'>,
): readonly number[] {
  let least = 1
  for (const share of shares) least = Math.min(least, share)
  const scale = Math.min(Math.ceil(least * minimumRingSize) / least, maximumRingSize)
  // Sums over all hosts, so that what rounding takes from one the next one gets.
  let current = 0
  let target = 0
  return shares.map((share) => {
    target += scale * share
    const before = current
    while (current < target) current++
    return current - before
  })
}
