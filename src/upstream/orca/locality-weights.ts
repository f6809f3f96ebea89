/**
 * What localities get, from how busy their hosts say they are (load_aware_locality): a locality by how many hosts it has and
 * how much of them is idle. The proxy's own gets everything as long as it is not busier than the others by more than a
 * tolerance, but for a few requests that tell how busy the others are.
 */
import type { Locality } from '../../api/upstream.ts'
import type { LocalityLoad } from '../config/policies/policy.ts'
import type { Health } from '../host-snapshot.ts'
import { isSameLocality, localityName } from '../load-balancer/host-set.ts'

export interface LoadedHost {
  readonly locality: Locality
  readonly health: Health
  /** undefined: it has not told. */
  readonly utilisation: number | undefined
}

/** Which hosts of a priority serve: `all` in panic. */
export type HostSource = 'healthy' | 'degraded' | 'all'

export interface LocalityWeights {
  /** By `localityName`. */
  readonly weights: Readonly<Record<string, number>>
  /** The proxy's own gets everything, and the others are not even probed. */
  readonly isAllLocal: boolean
}

/** Of one priority. */
export type PriorityWeights = Readonly<Record<HostSource, LocalityWeights>>

/** What happened in any of the priorities, and how many localities have fallen silent. */
export interface LoadMarks {
  allOverloaded: boolean
  localPreferred: boolean
  probeActive: boolean
  spillActive: boolean
  staleLocalities: number
}

interface LocalityGroup {
  readonly name: string
  readonly isLocal: boolean
  readonly hosts: LoadedHost[]
}

interface LocalityState {
  readonly hosts: number
  readonly utilisation: number
  readonly isStale: boolean
}

const SOURCES: readonly HostSource[] = ['healthy', 'degraded', 'all']

export class LocalityWeigher {
  readonly #load: LocalityLoad
  readonly #local: Locality | undefined
  /** Utilisations as they were, by source and priority, then by locality. */
  #before = new Map<string, ReadonlyMap<string, number>>()

  /** `local`: where the proxy is. */
  constructor(load: LocalityLoad, local: Locality | undefined) {
    this.#load = load
    this.#local = local
  }

  /** `priorities`: the hosts of each. Once a period: what was told before fades with every call. */
  weigh(priorities: readonly (readonly LoadedHost[])[]): {
    readonly weights: readonly PriorityWeights[]
    readonly marks: Readonly<LoadMarks>
  } {
    const marks: LoadMarks = {
      allOverloaded: false,
      localPreferred: false,
      probeActive: false,
      spillActive: false,
      staleLocalities: 0,
    }
    const after = new Map<string, ReadonlyMap<string, number>>()
    const weights = priorities.map((hosts, priority) => {
      const groups = this.#group(hosts)
      const of = (source: HostSource): LocalityWeights => {
        const key = `${source} ${priority}`
        const { states, smoothed } = this.#states(groups, source, this.#before.get(key))
        after.set(key, smoothed)
        // The same localities are silent in each source; they count once.
        if (source === 'all') marks.staleLocalities += states.filter(({ isStale }) => isStale).length
        return this.#weights(groups, states, marks)
      }
      return Object.fromEntries(SOURCES.map((source) => [source, of(source)])) as PriorityWeights
    })
    this.#before = after
    return { weights, marks }
  }

  #group(hosts: readonly LoadedHost[]): readonly LocalityGroup[] {
    const groups = new Map<string, LocalityGroup>()
    for (const host of hosts) {
      const name = localityName(host.locality)
      const group = groups.get(name)
      if (group !== undefined) group.hosts.push(host)
      else groups.set(name, { name, isLocal: isSameLocality(host.locality, this.#local), hosts: [host] })
    }
    return [...groups.values()].sort((a, b) => Number(b.isLocal) - Number(a.isLocal))
  }

  /** A locality whose hosts tell nothing any more keeps its utilisation, until they do. */
  #states(
    groups: readonly LocalityGroup[],
    source: HostSource,
    before: ReadonlyMap<string, number> | undefined,
  ): { readonly states: readonly LocalityState[]; readonly smoothed: ReadonlyMap<string, number> } {
    const { newestPart } = this.#load
    const smoothed = new Map<string, number>()
    const states = groups.map(({ name, hosts }): LocalityState => {
      const eligible = source === 'all' ? hosts : hosts.filter(({ health }) => health === source)
      const told = eligible.flatMap(({ utilisation }) => (utilisation === undefined ? [] : [utilisation]))
      const was = before?.get(name)
      if (told.length === 0) {
        if (was !== undefined) smoothed.set(name, was)
        return { hosts: eligible.length, utilisation: was ?? 0, isStale: was !== undefined }
      }
      const now = sum(told) / told.length
      const utilisation = was === undefined ? now : newestPart * now + (1 - newestPart) * was
      smoothed.set(name, utilisation)
      return { hosts: eligible.length, utilisation, isStale: false }
    })
    return { states, smoothed }
  }

  #weights(groups: readonly LocalityGroup[], states: readonly LocalityState[], marks: LoadMarks): LocalityWeights {
    const idle = states.map(({ hosts, utilisation, isStale }) =>
      isStale ? hosts : hosts * Math.max(0, 1 - utilisation),
    )
    const named = (weights: readonly number[], isAllLocal = false): LocalityWeights => ({
      weights: Object.fromEntries(groups.map(({ name }, at) => [name, weights[at]!])),
      isAllLocal,
    })
    if (sum(idle) === 0) {
      if (states.every(({ hosts }) => hosts === 0)) return named(idle)
      marks.allOverloaded = true
      return named(states.map(({ hosts }) => hosts))
    }
    const [own, ...others] = states
    const otherHosts = sum(others.map(({ hosts }) => hosts))
    if (!groups[0]!.isLocal || otherHosts === 0) return named(idle)
    const isLocalEnough = own!.hosts > 0 && this.#isLocalEnough(own!, others, otherHosts)
    if (isLocalEnough) marks.localPreferred = true
    else if (own!.hosts > 0) marks.spillActive = true
    const wanted = isLocalEnough ? states.map((_, at) => (at === 0 ? 1 : 0)) : idle
    const probing = this.#probing(wanted, states, otherHosts)
    if (probing === undefined) return named(wanted, isLocalEnough)
    marks.probeActive = true
    return named(probing)
  }

  #isLocalEnough(own: LocalityState, others: readonly LocalityState[], otherHosts: number): boolean {
    const average = sum(others.map(({ hosts, utilisation }) => utilisation * hosts)) / otherHosts
    return own.utilisation <= average + this.#load.tolerance
  }

  /** undefined: the other localities get enough as it is. */
  #probing(
    weights: readonly number[],
    states: readonly LocalityState[],
    otherHosts: number,
  ): readonly number[] | undefined {
    const { probed } = this.#load
    const total = sum(weights)
    const missing = total * probed - (total - weights[0]!)
    if (probed === 0 || missing <= 0) return undefined
    const taken = Math.min(missing, weights[0]!)
    return weights.map((weight, at) => (at === 0 ? weight - taken : weight + (taken * states[at]!.hosts) / otherHosts))
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
