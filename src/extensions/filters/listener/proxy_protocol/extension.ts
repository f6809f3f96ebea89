/** envoy.filters.listener.proxy_protocol: addresses and extensions that a proxy in front has to tell. */
import type { Extension } from '../../../../api/extension.ts'
import type { ProxyProtocolConfig } from './config.ts'
import { parseProxyProtocol } from './config.ts'
import { ProxyProtocolFilter } from './proxy-protocol-filter.ts'
import { createProxyProtocolStats } from './stats.ts'

export const extension: Extension<ProxyProtocolConfig, 'envoy.filters.listener'> = {
  category: 'envoy.filters.listener',
  name: 'envoy.filters.listener.proxy_protocol',
  typeNames: ['envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseProxyProtocol,
  create: (config, { scope }) => {
    const shared = { config, stats: createProxyProtocolStats(scope, config.statPrefix) }
    return () => new ProxyProtocolFilter(shared)
  },
}
