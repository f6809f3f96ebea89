/** envoy.transport_sockets.http_11_proxy: hosts behind an HTTP/1.1 proxy. */
import type { Extension } from '../../../api/extension.ts'
import type { Http11ProxyConfig } from './config.ts'
import { parseHttp11Proxy } from './config.ts'
import { Http11ProxySockets } from './http-11-proxy-sockets.ts'

export const extension: Extension<Http11ProxyConfig, 'envoy.transport_sockets.upstream'> = {
  category: 'envoy.transport_sockets.upstream',
  name: 'envoy.transport_sockets.http_11_proxy',
  typeNames: ['envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseHttp11Proxy,
  create: ({ defaultProxy, inner }, context) =>
    new Http11ProxySockets(defaultProxy, inner?.extension.create(inner.config, context)),
}
