/**
 * From the endpoints of an assignment to the hosts of a cluster. An assignment may have thousands of endpoints of which few are
 * others than in the one before, in the same order: those cost a comparison.
 */
import type { Message } from '../../api/config.ts'
import type { Address } from '../../api/network.ts'
import type { EndpointConfig, LoadAssignment, LocalityEndpoints } from '../config/load-assignment.ts'
import { healthCheckAddress } from '../health-check/host-health-check.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { isSameLocality } from '../load-balancer/host-set.ts'
import type { MainCluster, NewHost } from './main-cluster.ts'

/** Where endpoints stand: what a locality says about all of its own. */
type Place = Omit<LocalityEndpoints, 'endpoints'>

/** What stands at an address. */
interface Assigned {
  host: HostDescription
  /** What the host was made from; undefined: somebody else has described it. */
  endpoint: EndpointConfig | undefined
  place: Place | undefined
  /** Its index in the list. */
  at: number
  /** Which assignment had it last. */
  round: number
}

export class AssignedHosts {
  readonly #cluster: MainCluster
  readonly #byAddress = new Map<string, Assigned>()
  #list: readonly Assigned[] = []
  /** What the cluster was given. */
  #hosts: readonly HostDescription[] = []
  /** By their text, so that equal ones are the same object. */
  #places: ReadonlyMap<string, Place> = new Map()
  #round = 0

  constructor(cluster: MainCluster) {
    this.#cluster = cluster
  }

  /** An address counts once, where it stands first. Those that the cluster has keep their numbers and counters. */
  of({ localities }: LoadAssignment): readonly HostDescription[] {
    this.#followCluster()
    const before = this.#list
    const list: Assigned[] = []
    const places = new Map<string, Place>()
    this.#round++
    /** Where the next one stands if the order is as before. */
    let next = 0
    for (const { endpoints, ...place } of localities) {
      const there = this.#samePlace(place, places)
      for (const endpoint of endpoints) {
        const { address } = endpoint
        if (address.kind === 'name') continue
        const expected = before[next]
        const known = expected?.endpoint === endpoint ? expected : this.#byAddress.get(address.text)
        if (known?.round === this.#round) continue
        if (known !== undefined) next = known.at + 1
        const assigned = this.#assign(endpoint, address, there, known)
        assigned.round = this.#round
        assigned.at = list.length
        list.push(assigned)
      }
    }
    this.#places = places
    this.#list = list
    this.#forgetOthers()
    this.#hosts = list.map(({ host }) => host)
    return this.#hosts
  }

  /** Checks may keep hosts that discovery has dropped, and weights may be others than it said. */
  #followCluster(): void {
    const { hosts } = this.#cluster
    if (hosts === this.#hosts) return
    this.#list = hosts.map((host, at) => ({ host, endpoint: undefined, place: undefined, at, round: this.#round }))
    this.#byAddress.clear()
    for (const assigned of this.#list) this.#byAddress.set(assigned.host.address.text, assigned)
  }

  #forgetOthers(): void {
    if (this.#byAddress.size === this.#list.length) return
    for (const [text, { round }] of this.#byAddress) if (round !== this.#round) this.#byAddress.delete(text)
  }

  #samePlace(place: Place, places: Map<string, Place>): Place {
    const text = JSON.stringify(place)
    const same = places.get(text) ?? this.#places.get(text) ?? place
    places.set(text, same)
    return same
  }

  #assign(endpoint: EndpointConfig, address: Address, place: Place, known: Assigned | undefined): Assigned {
    if (known !== undefined && known.endpoint === endpoint && known.place === place) {
      this.#cluster.countSocketMatch(known.host)
      return known
    }
    const host = this.#renewed({ ...endpoint, address, fallbackAddresses: [], ...place }, known?.host)
    const assigned = known ?? { host, endpoint, place, at: 0, round: 0 }
    assigned.host = host
    assigned.endpoint = endpoint
    assigned.place = place
    if (known === undefined) this.#byAddress.set(address.text, assigned)
    return assigned
  }

  #renewed(host: NewHost, before: HostDescription | undefined): HostDescription {
    const isSame = before !== undefined && isSameHost(before, host, this.#cluster.config.healthChecks.length > 0)
    if (!isSame) return this.#cluster.createHost(host)
    this.#cluster.countSocketMatch(host)
    // Its socket is chosen once more.
    if (!isSameMetadata(before.metadata, host.metadata)) this.#cluster.countSocketMatch(host)
    return continued(before, host)
  }
}

/** At the same address there is another host now if it is called otherwise, stands elsewhere or is checked elsewhere. */
function isSameHost(before: HostDescription, now: NewHost, isChecked: boolean): boolean {
  if (before.hostname !== now.hostname || !isSameLocality(before.locality, now.locality)) return false
  return !isChecked || healthCheckAddress(before).text === healthCheckAddress(now).text
}

function isSameMetadata(before: Message | undefined, now: Message | undefined): boolean {
  return before === now || JSON.stringify(before) === JSON.stringify(now)
}

/** The same host, with its connections and counters. */
function continued(before: HostDescription, now: NewHost): HostDescription {
  return { ...now, id: before.id, healthySinceMs: before.healthySinceMs, counters: before.counters }
}
