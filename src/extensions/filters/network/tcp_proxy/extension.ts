/** envoy.filters.network.tcp_proxy: the bytes of a connection to a cluster and back. */
import type { Extension } from '../../../../api/extension.ts'
import type { TcpProxyConfig } from './config.ts'
import { parseTcpProxy } from './config.ts'
import { createTcpProxy } from './tcp-proxy.ts'

export const extension: Extension<TcpProxyConfig, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.tcp_proxy',
  typeNames: ['envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  terminal: true,
  parse: parseTcpProxy,
  create: createTcpProxy,
}
