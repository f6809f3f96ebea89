/** Which cluster a connection goes to: the one, or one of several by weight. */
import type { Reader } from '../../../../api/config.ts'
import type { Random } from '../../../../api/event.ts'
import type { StreamInfo } from '../../../../api/stream-info.ts'
import type { MetadataMatch } from '../../../../router/metadata-match.ts'
import { mergeMetadataMatch, readMetadataMatch } from '../../../../router/metadata-match.ts'

export interface TcpRoute {
  readonly clusterName: string
  /** What its hosts must have in `envoy.lb`. */
  readonly metadataMatch: MetadataMatch | undefined
}

interface WeightedRoute extends TcpRoute {
  readonly weight: number
}

export type ClusterChoice =
  | { readonly kind: 'one'; readonly route: TcpRoute }
  /** There is at least one. */
  | { readonly kind: 'weighted'; readonly routes: readonly WeightedRoute[]; readonly totalWeight: number }

/** Left by an earlier filter; weights do not ask for it. */
const CLUSTER_STATE = 'envoy.tcp_proxy.cluster'

/** Unlike those of a route, the names may be of clusters that do not exist (yet): as with Envoy. */
export function readClusterChoice(reader: Reader): ClusterChoice {
  const metadataMatch = readMetadataMatch(reader)
  if (reader.oneof('cluster_specifier') !== 'weighted_clusters') {
    return { kind: 'one', route: { clusterName: reader.string('cluster'), metadataMatch } }
  }
  const routes =
    reader.message('weighted_clusters', (weighted) =>
      weighted.messages('clusters', (cluster) => readWeighted(cluster, metadataMatch)),
    ) ?? []
  return { kind: 'weighted', routes, totalWeight: routes.reduce((sum, { weight }) => sum + weight, 0) }
}

function readWeighted(cluster: Reader, general: MetadataMatch | undefined): WeightedRoute {
  return {
    clusterName: cluster.string('name'),
    weight: cluster.number('weight', 0),
    metadataMatch: mergeMetadataMatch(general, readMetadataMatch(cluster)),
  }
}

export function chooseRoute(choice: ClusterChoice, { filterState }: StreamInfo, random: Random): TcpRoute {
  if (choice.kind === 'one') {
    const named = filterState.get(CLUSTER_STATE)?.serializeAsString()
    return named === undefined ? choice.route : { ...choice.route, clusterName: named }
  }
  let ticket = random.float() * choice.totalWeight
  for (const route of choice.routes) {
    ticket -= route.weight
    if (ticket < 0) return route
  }
  return choice.routes[0]!
}
