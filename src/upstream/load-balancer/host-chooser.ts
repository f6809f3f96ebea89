/** Chooses among the hosts of one list; made anew when the list changes. */
import type { Random } from '../../api/event.ts'
import type { LbPolicy } from '../config/lb-policy.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import { EdfScheduler } from './edf-scheduler.ts'
import type { WeightedHost } from './host-set.ts'

export interface HostChooser {
  /** undefined: the list is empty. */
  choose(): EndpointHost | undefined
}

export function createHostChooser(policy: LbPolicy, hosts: readonly WeightedHost[], random: Random): HostChooser {
  if (policy === 'RANDOM') return new RandomChooser(hosts, random)
  const first = hosts[0]
  const equal = first === undefined || hosts.every(({ weight }) => weight === first.weight)
  return equal ? new RoundRobinChooser(hosts, random) : new WeightedRoundRobinChooser(hosts, random)
}

class RandomChooser implements HostChooser {
  readonly #hosts: readonly WeightedHost[]
  readonly #random: Random

  constructor(hosts: readonly WeightedHost[], random: Random) {
    this.#hosts = hosts
    this.#random = random
  }

  choose(): EndpointHost | undefined {
    return this.#hosts[this.#random.u32() % this.#hosts.length]?.host
  }
}

/** Starts anywhere, so that workers and proxies do not all begin with the same host. */
class RoundRobinChooser implements HostChooser {
  readonly #hosts: readonly WeightedHost[]
  #next: number

  constructor(hosts: readonly WeightedHost[], random: Random) {
    this.#hosts = hosts
    this.#next = hosts.length === 0 ? 0 : random.u32() % hosts.length
  }

  choose(): EndpointHost | undefined {
    const chosen = this.#hosts[this.#next]
    this.#next++
    if (this.#next >= this.#hosts.length) this.#next = 0
    return chosen?.host
  }
}

class WeightedRoundRobinChooser implements HostChooser {
  readonly #scheduler: EdfScheduler<WeightedHost>

  constructor(hosts: readonly WeightedHost[], random: Random) {
    this.#scheduler = new EdfScheduler(hosts, ({ weight }) => weight)
    for (let skipped = random.u32() % hosts.length; skipped > 0; skipped--) this.#scheduler.pick()
  }

  choose(): EndpointHost | undefined {
    return this.#scheduler.pick()?.host
  }
}
