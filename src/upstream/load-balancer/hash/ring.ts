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
    const hash = settings.hashFunction === 'XX_HASH' ? xxHash64 : murmurHash2
    const hashes = new BigUint64Array(size)
    const places = new Uint32Array(size)
    let at = 0
    for (const [place, { key }] of hosts.entries()) {
      for (let i = 0; i < counts[place]!; i++) {
        hashes[at] = hash(`${key}_${i}`)
        places[at++] = place
      }
    }
    this.#high = new Uint32Array(size)
    this.#low = new Uint32Array(size)
    this.#places = new Uint32Array(size)
    for (const [target, source] of inOrder(hashes).entries()) {
      this.#high[target] = Number(hashes[source]! >> 32n)
      this.#low[target] = Number(hashes[source]! & 0xffff_ffffn)
      this.#places[target] = places[source]!
    }
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

function inOrder(hashes: BigUint64Array): Uint32Array {
  const order = Uint32Array.from(hashes, (_, index) => index)
  return order.sort((a, b) => (hashes[a]! < hashes[b]! ? -1 : hashes[a]! > hashes[b]! ? 1 : a - b))
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
