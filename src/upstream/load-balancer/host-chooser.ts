/** Chooses among the hosts of one list; made anew when the list changes. */
import type { Random } from '../../api/event.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { LoadBalancerDeps } from './balancer.ts'
import { EdfScheduler } from './edf-scheduler.ts'
import type { WeightedHost } from './host-set.ts'
import { HostWeight } from './host-weight.ts'
import { FewestOfAllChooser, FewestOfSomeChooser } from './least-request-chooser.ts'
import type { OrdinaryPolicy } from './load-balancer.ts'

export interface HostChooser {
  /** undefined: the list is empty. */
  choose(): EndpointHost | undefined
}

export function createHostChooser(
  policy: OrdinaryPolicy,
  hosts: readonly WeightedHost[],
  deps: LoadBalancerDeps,
): HostChooser {
  const { random } = deps
  if (policy.kind === 'random') return new RandomChooser(hosts, random)
  const weight = new HostWeight(policy, hosts, deps)
  if (hosts.length > 1 && (weight.isStarting || !haveEqualWeights(hosts))) {
    return new WeightedChooser(hosts, weight, random)
  }
  if (policy.kind === 'round_robin') return new RoundRobinChooser(hosts, random)
  if (policy.fullScan) return new FewestOfAllChooser(hosts, random)
  return new FewestOfSomeChooser(hosts, policy.choiceCount, random)
}

function haveEqualWeights(hosts: readonly WeightedHost[]): boolean {
  const [first] = hosts
  return first === undefined || hosts.every(({ weight }) => weight === first.weight)
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

class WeightedChooser implements HostChooser {
  readonly #scheduler: EdfScheduler<WeightedHost>

  constructor(hosts: readonly WeightedHost[], weight: HostWeight, random: Random) {
    this.#scheduler = new EdfScheduler(hosts, (entry) => weight.of(entry), weight.isDynamic)
    // A young host that is skipped now would wait for as long as its weight of now says, which soon is many turns.
    const start = weight.isStarting ? 0 : random.u32() % hosts.length
    for (let skipped = start; skipped > 0; skipped--) this.#scheduler.pick()
  }

  choose(): EndpointHost | undefined {
    return this.#scheduler.pick()?.host
  }
}
