/** envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport. */
import type { Reader } from '../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../api/extension.ts'
import type { Address } from '../../../api/network.ts'
import { readAddress } from '../../../network/address-config.ts'

export interface Http11ProxyConfig {
  readonly inner: ExtensionConfig<'envoy.transport_sockets.upstream'> | undefined
  /** Where neither the client's connection nor the endpoint says another. */
  readonly defaultProxy: Address | undefined
}

export function parseHttp11Proxy(reader: Reader, context: ParseContext): Http11ProxyConfig {
  return {
    inner: reader.message('transport_socket', (socket) =>
      context.namedExtension(socket, 'envoy.transport_sockets.upstream'),
    ),
    defaultProxy: reader.message('default_proxy_address', readAddress),
  }
}
