/** envoy.clusters.aggregate: a cluster of clusters. What chooses among them is in src/upstream/aggregate. */
import type { Extension } from '../../../api/extension.ts'
import type { AggregateBalancing } from '../../../upstream/config/provided-balancing.ts'
import { readAggregate } from './config.ts'

export const extension: Extension<AggregateBalancing, 'envoy.clusters'> = {
  category: 'envoy.clusters',
  name: 'envoy.clusters.aggregate',
  typeNames: ['envoy.extensions.clusters.aggregate.v3.ClusterConfig'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: readAggregate,
  create: (config) => config,
}
