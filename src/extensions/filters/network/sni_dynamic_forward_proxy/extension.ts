/** envoy.filters.network.sni_dynamic_forward_proxy: hosts that clients name in their TLS handshake are looked up first. */
import type { Extension } from '../../../../api/extension.ts'
import type { SniForwardProxyConfig } from './config.ts'
import { parseSniForwardProxy } from './config.ts'
import { SniForwardProxyFilter } from './sni-forward-proxy-filter.ts'

export const extension: Extension<SniForwardProxyConfig, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.sni_dynamic_forward_proxy',
  typeNames: ['envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseSniForwardProxy,
  create: (config, { dnsCaches }) => {
    const cache = dnsCaches.get(config.cache)
    return (chain) => chain.addReadFilter(new SniForwardProxyFilter(config, cache, chain))
  },
}
