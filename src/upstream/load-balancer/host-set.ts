/** The hosts of one priority on one thread: an immutable snapshot. */
import type { Locality } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { Health } from '../host-snapshot.ts'

export interface WeightedHost {
  readonly host: EndpointHost
  readonly weight: number
  readonly health: Health
  /** Neither here nor there: it is on its way out, and does not count in how healthy its priority is. */
  readonly excluded?: boolean
  /** Of the host's locality in this priority; 0: it has none. */
  readonly localityWeight?: number
}

/** The hosts of one locality. */
export interface LocalityHosts extends HealthLists {
  readonly locality: Locality
  readonly weight: number
}

/** Hosts by what they can take. */
export interface HealthLists {
  readonly all: readonly WeightedHost[]
  readonly healthy: readonly WeightedHost[]
  readonly degraded: readonly WeightedHost[]
  readonly excluded: readonly WeightedHost[]
}

export interface HostSetOptions {
  /** Where their weights are not those of the hosts. */
  readonly localities?: (() => readonly LocalityHosts[]) | undefined
  /** False: subsets that do not care for weights of localities. */
  readonly hasLocalityWeights?: boolean
  /** Where this proxy is. */
  readonly localLocality?: Locality | undefined
}

const NO_HOSTS: readonly WeightedHost[] = []

export class HostSet implements HealthLists {
  readonly all: readonly WeightedHost[]
  readonly healthy: readonly WeightedHost[]
  readonly degraded: readonly WeightedHost[]
  readonly excluded: readonly WeightedHost[]
  readonly hasLocalityWeights: boolean
  readonly localLocality: Locality | undefined
  readonly #makeLocalities: () => readonly LocalityHosts[]
  #localities: readonly LocalityHosts[] | undefined = undefined

  constructor(all: readonly WeightedHost[], options: HostSetOptions = {}) {
    const { healthy, degraded, excluded } = byHealth(all)
    this.all = all
    this.healthy = healthy
    this.degraded = degraded
    this.excluded = excluded
    this.hasLocalityWeights = options.hasLocalityWeights ?? true
    this.localLocality = options.localLocality
    this.#makeLocalities = options.localities ?? (() => byLocality(all, options.localLocality))
  }

  /** The proxy's own first, if it has hosts (in a subset: had); then in the order of their names. */
  get localities(): readonly LocalityHosts[] {
    return (this.#localities ??= this.#makeLocalities())
  }

  /** `localities` begins with the proxy's own. */
  get hasLocalHosts(): boolean {
    const [first] = this.localities
    return first !== undefined && isSameLocality(first.locality, this.localLocality)
  }
}

export function byHealth(all: readonly WeightedHost[]): HealthLists {
  const healthy = all.filter(({ health }) => health === 'healthy')
  // Usually everything is healthy: then the lists are one, and so are the schedulers over them.
  if (healthy.length === all.length) return { all, healthy: all, degraded: NO_HOSTS, excluded: NO_HOSTS }
  return {
    all,
    healthy,
    degraded: all.filter(({ health }) => health === 'degraded'),
    excluded: all.filter(({ excluded }) => excluded === true),
  }
}

function byLocality(all: readonly WeightedHost[], local: Locality | undefined): readonly LocalityHosts[] {
  const lists = new Map<string, WeightedHost[]>()
  for (const entry of all) {
    const name = localityName(entry.host.locality)
    const list = lists.get(name)
    if (list === undefined) lists.set(name, [entry])
    else list.push(entry)
  }
  const names = [...lists.keys()].sort()
  if (local !== undefined && lists.has(localityName(local))) {
    names.splice(names.indexOf(localityName(local)), 1)
    names.unshift(localityName(local))
  }
  return names.map((name) => {
    const list = lists.get(name)!
    const [first] = list
    return { ...byHealth(list), locality: first!.host.locality, weight: first!.localityWeight ?? 0 }
  })
}

export function isSameLocality(one: Locality, other: Locality | undefined): boolean {
  return other !== undefined && localityName(one) === localityName(other)
}

/** A character that no name has sorts shorter names first. */
export function localityName({ region, zone, subZone }: Locality): string {
  return `${region}\0${zone}\0${subZone}`
}
