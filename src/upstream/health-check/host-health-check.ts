/** envoy.config.endpoint.v3.Endpoint.HealthCheckConfig */
import type { Reader } from '../../api/config.ts'
import type { Address } from '../../api/network.ts'
import type { NamedAddress } from '../../network/address-config.ts'
import { readEndpointAddress } from '../../network/address-config.ts'
import { parseIpAddress } from '../../network/address.ts'
import type { HostDescription, HostHealthCheck } from '../host-snapshot.ts'

export function readHostHealthCheck(reader: Reader, endpoint: Address | NamedAddress): HostHealthCheck {
  const port = reader.number('port_value', 0)
  const address = reader.message('address', readOwnAddress)
  if (port !== 0 && (address ?? endpoint).kind === 'pipe') {
    reader.error('port_value', 'NU163', 'Invalid host configuration: non-zero port for non-IP address')
  }
  return {
    port,
    address,
    hostname: reader.string('hostname'),
    disabled: reader.bool('disable_active_health_check', false),
  }
}

function readOwnAddress(reader: Reader): Address | undefined {
  const address = readEndpointAddress(reader)
  if (address?.kind !== 'name') return address
  reader.message('socket_address', (socket) => {
    socket.keep()
    socket.error('address', 'NU131', `malformed IP address: ${address.host}`)
  })
  return undefined
}

/** Where to ask. */
export function healthCheckAddress({
  address,
  healthCheck,
}: Pick<HostDescription, 'address' | 'healthCheck'>): Address {
  const asked = healthCheck?.address ?? address
  const port = healthCheck?.port ?? 0
  return asked.kind === 'ip' && port !== 0 ? parseIpAddress(asked.ip, port) : asked
}
