/** What the `parse` of an extension of category envoy.clusters returns. */
import type { DnsClusterConfig } from './dns-cluster.ts'
import type { ProvidedBalancing } from './provided-balancing.ts'

export type CustomCluster = DnsClusterConfig | ProvidedBalancing
