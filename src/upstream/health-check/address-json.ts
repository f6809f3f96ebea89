/** config.core.v3.Address with all its fields, as events print it. */
import type { Message } from '../../api/config.ts'
import type { Address } from '../../api/network.ts'

export function addressJson(address: Address): Message {
  if (address.kind === 'pipe') return { pipe: { path: address.path, mode: address.mode } }
  return {
    socket_address: {
      protocol: 'TCP',
      address: address.ip,
      port_value: address.port,
      resolver_name: '',
      ipv4_compat: false,
      network_namespace_filepath: '',
    },
  }
}
