/** Which cluster a connection goes to: the one, or one of several by weight. */
import type { Reader } from '../../../../api/config.ts'
import type { Random } from '../../../../api/event.ts'

export interface ClusterChoice {
  readonly clusters: readonly { readonly name: string; readonly weight: number }[]
  readonly totalWeight: number
}

/** Unlike those of a route, the names may be of clusters that do not exist (yet): as with Envoy. */
export function readClusterChoice(reader: Reader): ClusterChoice {
  if (reader.oneof('cluster_specifier') !== 'weighted_clusters') {
    return { clusters: [{ name: reader.string('cluster'), weight: 1 }], totalWeight: 1 }
  }
  const clusters =
    reader.message('weighted_clusters', (weighted) => weighted.messages('clusters', readClusterWeight)) ?? []
  return { clusters, totalWeight: clusters.reduce((sum, { weight }) => sum + weight, 0) }
}

function readClusterWeight(reader: Reader): { readonly name: string; readonly weight: number } {
  reader.ignore('metadata_match', 'it selects among load balancer subsets, and a cluster with subsets is refused')
  return { name: reader.string('name'), weight: reader.number('weight', 0) }
}

export function chooseCluster({ clusters, totalWeight }: ClusterChoice, random: Random): string {
  const only = clusters[0]
  if (only === undefined || clusters.length === 1) return only?.name ?? ''
  let ticket = random.float() * totalWeight
  for (const { name, weight } of clusters) {
    ticket -= weight
    if (ticket < 0) return name
  }
  return only.name
}
