/** envoy.clusters.dynamic_forward_proxy: hosts that requests name. What finds and chooses them is in src/upstream. */
import type { Extension } from '../../../api/extension.ts'
import type { DynamicForwardProxyConfig } from '../../../upstream/config/dynamic-forward-proxy.ts'
import { readDynamicForwardProxy } from '../../../upstream/config/dynamic-forward-proxy.ts'

export const extension: Extension<DynamicForwardProxyConfig, 'envoy.clusters'> = {
  category: 'envoy.clusters',
  name: 'envoy.clusters.dynamic_forward_proxy',
  typeNames: ['envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: readDynamicForwardProxy,
  create: (config) => config,
}
