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

const NO_HOSTS: readonly WeightedHost[] = []
const NO_LOCALITIES: readonly LocalityHosts[] = []

export class HostSet implements HealthLists {
  readonly all: readonly WeightedHost[]
  readonly healthy: readonly WeightedHost[]
  readonly degraded: readonly WeightedHost[]
  readonly excluded: readonly WeightedHost[]
  /** False: subsets that do not care for them. */
  readonly hasLocalityWeights: boolean
  #localities: readonly LocalityHosts[] | undefined

  /** `localities`: where their weights are not those of the hosts; 'unweighted': there are none. */
  constructor(all: readonly WeightedHost[], localities?: readonly LocalityHosts[] | 'unweighted') {
    const { healthy, degraded, excluded } = byHealth(all)
    this.all = all
    this.healthy = healthy
    this.degraded = degraded
    this.excluded = excluded
    this.hasLocalityWeights = localities !== 'unweighted'
    this.#localities = localities === 'unweighted' ? NO_LOCALITIES : localities
  }

  /** In the order of their names. */
  get localities(): readonly LocalityHosts[] {
    return (this.#localities ??= byLocality(this.all))
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

function byLocality(all: readonly WeightedHost[]): readonly LocalityHosts[] {
  const lists = new Map<string, WeightedHost[]>()
  for (const entry of all) {
    const name = nameOf(entry.host.locality)
    const list = lists.get(name)
    if (list === undefined) lists.set(name, [entry])
    else list.push(entry)
  }
  const names = [...lists.keys()].sort()
  return names.map((name) => {
    const list = lists.get(name)!
    const [first] = list
    return { ...byHealth(list), locality: first!.host.locality, weight: first!.localityWeight ?? 0 }
  })
}

/** A character that no name has sorts shorter names first. */
function nameOf({ region, zone, subZone }: Locality): string {
  return `${region}\0${zone}\0${subZone}`
}
