/** envoy.cluster.dns: clusters whose endpoints are names. What it holds stands in the place of a cluster's dns_* fields. */
import type { Extension } from '../../../api/extension.ts'
import type { DnsClusterConfig } from '../../../upstream/config/dns-cluster.ts'
import { readDnsCluster } from '../../../upstream/config/dns-cluster.ts'

export const extension: Extension<DnsClusterConfig, 'envoy.clusters'> = {
  category: 'envoy.clusters',
  name: 'envoy.cluster.dns',
  typeNames: ['envoy.extensions.clusters.dns.v3.DnsCluster'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: readDnsCluster,
  create: (config) => config,
}
