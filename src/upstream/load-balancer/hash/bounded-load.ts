/**
 * Consistent hashing with bounded loads (https://arxiv.org/abs/1608.01350): a host that has more than its part of the requests
 * in flight is passed over; where to look instead is random (https://arxiv.org/abs/1908.08762), but always the same for a hash.
 */
import type { HashedHost } from './hashed-host.ts'
import { MersenneTwister } from './mersenne-twister.ts'

export class BoundedLoad {
  readonly #hosts: readonly HashedHost[]
  readonly #balanceFactor: number
  readonly #activeRequests: () => number
  readonly #random = new MersenneTwister(0)
  /** The places in order; a search shuffles as much of it as it looks at, and puts that back. */
  readonly #order: Uint32Array
  readonly #swapped: number[] = []

  /** `balanceFactor` in percent of the average; `activeRequests` of the cluster. */
  constructor(hosts: readonly HashedHost[], balanceFactor: number, activeRequests: () => number) {
    this.#hosts = hosts
    this.#balanceFactor = balanceFactor
    this.#activeRequests = activeRequests
    this.#order = Uint32Array.from(hosts, (_, place) => place)
  }

  /** `chosen`, or whom it passes the request on to; places in the list. `low`: the lower half of the hash. */
  settle(chosen: number, low: number): number {
    const slots = Math.floor(((this.#activeRequests() + 1) * this.#balanceFactor + 99) / 100)
    const load = this.#load(chosen, slots)
    return load <= 1 ? chosen : this.#lookElsewhere(chosen, load, slots, low)
  }

  /** Over 1: too much. */
  #load(place: number, totalSlots: number): number {
    const { host, share } = this.#hosts[place]!
    return host.stats.activeRequests / Math.max(Math.ceil(totalSlots * share), 1)
  }

  /** The first with room in an order shuffled by the hash, else the one with the least load. */
  #lookElsewhere(chosen: number, load: number, slots: number, low: number): number {
    const { length } = this.#hosts
    this.#random.seed(low)
    let best = chosen
    for (let i = 0; i < length && load > 1; i++) {
      const place = this.#draw(i, length)
      if (place === chosen) continue
      const other = this.#load(place, slots)
      if (other >= load) continue
      best = place
      load = other
    }
    this.#putBack()
    return best
  }

  /** The `i`-th of a random order. */
  #draw(i: number, length: number): number {
    const order = this.#order
    const j = i + below(length - i, this.#random)
    this.#swapped.push(j)
    const place = order[j]!
    order[j] = order[i]!
    order[i] = place
    return place
  }

  #putBack(): void {
    const order = this.#order
    for (let i = this.#swapped.length - 1; i >= 0; i--) {
      const j = this.#swapped.pop()!
      const place = order[j]!
      order[j] = order[i]!
      order[i] = place
    }
  }
}

/** Each number below `bound` with the same chance. */
function below(bound: number, random: MersenneTwister): number {
  const part = Math.floor(2 ** 32 / bound)
  for (;;) {
    const number = Math.floor(random.next() / part)
    if (number < bound) return number
  }
}
