/** What the `parse` of an extension of category envoy.clusters returns. */
import type { DnsClusterConfig } from './dns-cluster.ts'
import type { AggregateBalancing } from './provided-balancing.ts'

export type CustomCluster = DnsClusterConfig | AggregateBalancing
