/** Of hosts with equal weights the one with the fewest requests in flight (over all threads), of a few random ones or of all. */
import type { Random } from '../../api/event.ts'
import type { EndpointHost, SharedHostStats } from '../endpoint-host.ts'
import type { HostChooser } from './host-chooser.ts'
import type { WeightedHost } from './host-set.ts'

/** Chance draws with replacement: the same host may come twice. */
export class FewestOfSomeChooser implements HostChooser {
  readonly #hosts: readonly WeightedHost[]
  /** Of the hosts: of thousands the ways to their numbers are never in a cache, so they are short. */
  readonly #stats: readonly SharedHostStats[]
  readonly #choiceCount: number
  readonly #random: Random

  constructor(hosts: readonly WeightedHost[], choiceCount: number, random: Random) {
    this.#hosts = hosts
    this.#stats = hosts.map(({ host }) => host.stats)
    this.#choiceCount = choiceCount
    this.#random = random
  }

  choose(): EndpointHost | undefined {
    const { length } = this.#hosts
    if (length === 0) return undefined
    let best = this.#random.u32() % length
    let fewest = this.#stats[best]!.activeRequests
    for (let choice = 1; choice < this.#choiceCount; choice++) {
      const other = this.#random.u32() % length
      const active = this.#stats[other]!.activeRequests
      if (active >= fewest) continue
      best = other
      fewest = active
    }
    return this.#hosts[best]!.host
  }
}

/** Chance decides between those that have equally few. */
export class FewestOfAllChooser implements HostChooser {
  readonly #hosts: readonly WeightedHost[]
  readonly #random: Random

  constructor(hosts: readonly WeightedHost[], random: Random) {
    this.#hosts = hosts
    this.#random = random
  }

  choose(): EndpointHost | undefined {
    let best: EndpointHost | undefined = undefined
    let fewest = Infinity
    let equals = 0
    for (const { host } of this.#hosts) {
      const active = host.stats.activeRequests
      if (active > fewest) continue
      equals = active < fewest ? 1 : equals + 1
      fewest = active
      // Each of `equals` hosts is the one that stays with the same chance.
      if (equals === 1 || this.#random.u32() % equals === 0) best = host
    }
    return best
  }
}
