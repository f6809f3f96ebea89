/** envoy.config.route.v3.VirtualCluster: kinds of requests of a virtual host that are counted by themselves. */
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { VirtualCluster } from '../api/route.ts'
import type { Scope } from '../api/stats.ts'
import type { HeaderPredicate } from '../config/matchers/header-matcher.ts'
import { readHeaderMatcher } from '../config/matchers/header-matcher.ts'
import { TrafficStats } from './traffic-stats.ts'

/** Takes what no other virtual cluster takes. */
const CATCH_ALL = 'other'

interface Kind extends VirtualCluster {
  stats: TrafficStats | undefined
  readonly headers: readonly HeaderPredicate[]
}

export class VirtualClusters {
  readonly #kinds: readonly Kind[]

  constructor(kinds: readonly Kind[]) {
    this.#kinds =
      kinds.length === 0 ? kinds : [...kinds, { name: CATCH_ALL, catchesRest: true, headers: [], stats: undefined }]
  }

  find(headers: RequestHeaders): VirtualCluster | undefined {
    for (let i = 0; i < this.#kinds.length; i++) {
      const kind = this.#kinds[i]!
      if (kind.headers.every((matches) => matches(headers))) return kind
    }
    return undefined
  }

  /** Starts to count; `scope` is that of the virtual host. Once, before the first request. */
  countIn(scope: Scope): void {
    for (const kind of this.#kinds) kind.stats = new TrafficStats(scope.scope(`vcluster.${kind.name}.`))
  }
}

export function readVirtualClusters(reader: Reader): VirtualClusters {
  return new VirtualClusters(reader.messages('virtual_clusters', readKind))
}

function readKind(reader: Reader): Kind {
  const headers = reader.messages('headers', readHeaderMatcher)
  if (headers.length === 0) reader.error('headers', 'NU158', 'virtual clusters must define headers')
  return { name: reader.string('name'), headers, stats: undefined }
}
