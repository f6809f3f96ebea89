/** What the `parse` of an extension of category envoy.clusters returns. */
import type { DnsClusterConfig } from './dns-cluster.ts'
import type { DynamicForwardProxyConfig } from './dynamic-forward-proxy.ts'
import type { AggregateBalancing, OriginalDstBalancing } from './provided-balancing.ts'

export type CustomCluster = DnsClusterConfig | AggregateBalancing | OriginalDstBalancing | DynamicForwardProxyConfig
