/** The proxy that metadata of an endpoint or of its locality names (envoy.config.core.v3.Address, below a name of its own). */
import type { Json, Message } from '../../../api/config.ts'
import type { Address } from '../../../api/network.ts'
import { below } from '../../../config/below.ts'
import { ipAddress, pipeAddress } from '../../../network/address.ts'

const NAMESPACE = 'envoy.http11_proxy_transport_socket.proxy_address'
const TYPE = 'type.googleapis.com/envoy.config.core.v3.Address'

export interface EndpointProxy {
  /** undefined: what it says is no address, and the host is asked as if it were the proxy; as in Envoy. */
  readonly address: Address | undefined
}

/** undefined where neither has a word on it. */
export function endpointProxy(endpoint: Json | undefined, locality: Json | undefined): EndpointProxy | undefined {
  const said = proxyIn(endpoint) ?? proxyIn(locality)
  return said === undefined ? undefined : { address: said['@type'] === TYPE ? addressOf(said) : undefined }
}

function proxyIn(metadata: Json | undefined): Message | undefined {
  return below(metadata, 'typed_filter_metadata', NAMESPACE) as Message | undefined
}

function addressOf(said: Message): Address | undefined {
  const socket = said['socket_address'] as Message | undefined
  if (socket !== undefined) return ipAddress(String(socket['address']), Number(socket['port_value'] ?? 0))
  const path = below(said, 'pipe', 'path')
  return typeof path === 'string' ? pipeAddress(path, 0) : undefined
}
