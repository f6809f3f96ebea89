/** envoy.transport_sockets.upstream_proxy_protocol: the PROXY protocol towards hosts. */
import type { Extension } from '../../../api/extension.ts'
import type { ProxyProtocolConfig } from './config.ts'
import { parseConfig } from './config.ts'
import { ProxyProtocolSockets } from './proxy-protocol-sockets.ts'

export const extension: Extension<ProxyProtocolConfig, 'envoy.transport_sockets.upstream'> = {
  category: 'envoy.transport_sockets.upstream',
  name: 'envoy.transport_sockets.upstream_proxy_protocol',
  typeNames: ['envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseConfig,
  create: (config, context) => {
    const { inner } = config
    const tooLong = context.scope.scope('upstream.proxyprotocol').counter('v2_tlvs_exceed_max_length')
    return new ProxyProtocolSockets(config, tooLong, inner?.extension.create(inner.config, context))
  },
}
