/** The fields that sinks which speak statsd over UDP share. */
import type { Reader } from '../../../api/config.ts'
import type { IpAddress } from '../../../api/network.ts'
import { readEndpointAddress } from '../../../network/address-config.ts'

export interface UdpSinkConfig {
  /** Undefined only after an error was reported. */
  readonly address: IpAddress | undefined
  readonly prefix: string
  /** Metrics are put into one datagram up to here; 0: each goes alone. */
  readonly maxBytesPerDatagram: number
}

const DEFAULT_PREFIX = 'envoy'

/** Without `max_bytes_per_datagram`, which not all of them have. */
export function readUdpSink(reader: Reader): UdpSinkConfig {
  return {
    address: reader.message('address', readSinkAddress),
    prefix: reader.string('prefix') || DEFAULT_PREFIX,
    maxBytesPerDatagram: 0,
  }
}

/** The protocol is UDP, whatever the address says. */
function readSinkAddress(reader: Reader): IpAddress | undefined {
  const address = readEndpointAddress(reader)
  if (address?.kind === 'name') {
    reader.error('socket_address', 'NU131', `malformed IP address: ${address.host}`)
    return undefined
  }
  if (address?.kind !== 'pipe') return address
  reader.unsupported('pipe', 'statistics to a socket file')
  return undefined
}
