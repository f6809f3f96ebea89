/** envoy.extensions.clusters.aggregate.v3.ClusterConfig */
import type { Reader } from '../../../api/config.ts'
import type { AggregateBalancing } from '../../../upstream/config/provided-balancing.ts'

export function readAggregate(reader: Reader): AggregateBalancing {
  return { kind: 'aggregate', clusters: reader.strings('clusters') }
}
