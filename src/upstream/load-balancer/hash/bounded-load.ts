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

  /** `balanceFactor` in percent of the average; `activeRequests` of the cluster. */
  constructor(hosts: readonly HashedHost[], balanceFactor: number, activeRequests: () => number) {
    this.#hosts = hosts
    this.#balanceFactor = balanceFactor
    this.#activeRequests = activeRequests
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
    const random = new MersenneTwister(low)
    const order = Uint32Array.from(this.#hosts, (_, place) => place)
    let best = chosen
    for (let i = 0; i < length; i++) {
      const j = i + below(length - i, random)
      const place = order[j]!
      order[j] = order[i]!
      order[i] = place
      if (place === chosen) continue
      const other = this.#load(place, slots)
      if (other <= 1) return place
      if (other >= load) continue
      best = place
      load = other
    }
    return best
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
