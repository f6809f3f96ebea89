/** An address as config.core.v3.Address in JSON, without the mode of a pipe, as Envoy shows it. */
import type { Message } from '../api/config.ts'
import type { Address } from '../api/network.ts'

export function addressMessage(address: Address): Message {
  if (address.kind === 'ip') return { socket_address: { address: address.ip, port_value: address.port } }
  return { pipe: { path: address.path } }
}
