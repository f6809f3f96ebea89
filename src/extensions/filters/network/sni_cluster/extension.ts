/** envoy.filters.network.sni_cluster: the TCP proxy's cluster is the one that the client names. */
import type { Extension } from '../../../../api/extension.ts'
import { SniClusterFilter } from './sni-cluster-filter.ts'

export const extension: Extension<undefined, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.sni_cluster',
  typeNames: ['envoy.extensions.filters.network.sni_cluster.v3.SniCluster'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  // The message has no fields.
  parse: () => undefined,
  create: () => (chain) => chain.addReadFilter(new SniClusterFilter(chain.connection)),
}
