/** envoy.filters.http.dynamic_forward_proxy: hosts that requests name are looked up on their way. */
import type { Extension } from '../../../../api/extension.ts'
import type { DynamicForwardProxyConfig } from './config.ts'
import { parseDynamicForwardProxy, parsePerRoute } from './config.ts'
import { DynamicForwardProxyFilter } from './dynamic-forward-proxy-filter.ts'

export const extension: Extension<DynamicForwardProxyConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.dynamic_forward_proxy',
  typeNames: ['envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  perRoute: {
    typeName: 'envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig',
    parse: parsePerRoute,
  },
  parse: parseDynamicForwardProxy,
  create: (config, { dnsCaches, clusters }) => {
    const cache = dnsCaches.get(config.cache)
    return (chain) => chain.addDecoderFilter(new DynamicForwardProxyFilter(config, cache, clusters))
  },
}
