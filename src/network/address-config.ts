/** envoy.config.core.v3.Address and SocketAddress, parsed. */
import type { Reader } from '../api/config.ts'
import type { Address, IpAddress } from '../api/network.ts'
import { ipAddress, pipeAddress } from './address.ts'
import { numberedZone } from './zone.ts'

/** A name that is still to be resolved. */
export interface NamedAddress {
  readonly kind: 'name'
  readonly host: string
  readonly port: number
}

const PIPE_PATH_LIMIT = 108

/** An address that needs no resolving; undefined after an error was reported. */
export function readAddress(reader: Reader): Address | undefined {
  return readEither(reader, readSocketAddress)
}

/** The address of an endpoint: names are left to the caller, who knows whether the cluster resolves them. */
export function readEndpointAddress(reader: Reader, takes: PortNames = 'numbers'): Address | NamedAddress | undefined {
  return readEither(reader, (socket) => readEndpointSocket(socket, takes))
}

/** `port-names`: DNS clusters take `named_port`, and for 0. */
type PortNames = 'numbers' | 'port-names'

function readEither<T>(reader: Reader, readSocketOf: (socket: Reader) => T | undefined): Address | T | undefined {
  switch (reader.oneof('address')) {
    case 'socket_address':
      return reader.message('socket_address', readSocketOf)
    case 'pipe':
      return reader.message('pipe', readPipe)
    case 'envoy_internal_address':
      reader.unsupported('envoy_internal_address', 'a connection inside the proxy')
      return undefined
    default:
      return undefined
  }
}

/** envoy.config.core.v3.SocketAddress with an IP address in it (a source address, for instance). */
export function readSocketAddress(reader: Reader): IpAddress | undefined {
  const address = readSocket(reader)
  if (address?.kind !== 'name') return address
  reader.error('address', 'NU131', `malformed IP address: ${address.host}`)
  return undefined
}

function readEndpointSocket(reader: Reader, takes: PortNames): IpAddress | NamedAddress | undefined {
  reader.ignore('protocol', 'who uses the endpoint knows what is spoken there')
  const resolver = reader.string('resolver_name')
  if (resolver !== '' && resolver !== IP_RESOLVER) {
    reader.error('resolver_name', 'NU132', `Unknown address resolver: ${resolver}`)
  }
  return readHostAndPort(reader, takes)
}

/** Takes addresses as they are, which is what happens anyway. */
const IP_RESOLVER = 'envoy.ip'

function readSocket(reader: Reader): IpAddress | NamedAddress | undefined {
  if (reader.enumeration('protocol', 'TCP') !== 'TCP') reader.unsupported('protocol', 'UDP')
  return readHostAndPort(reader)
}

function readHostAndPort(reader: Reader, takes: PortNames = 'numbers'): IpAddress | NamedAddress | undefined {
  const host = reader.string('address')
  if (takes === 'port-names') reader.ignore('named_port', 'nothing looks it up, and the port is 0')
  else if (reader.has('named_port')) {
    reader.string('named_port')
    reader.error('named_port', 'NU132', "IP resolver can't handle port specifier type 4", 'give the number: port_value')
    return undefined
  }
  const port = reader.number('port_value', 0)
  const ipv4Compat = reader.bool('ipv4_compat', false)
  const address = ipAddress(numberedZone(host), port)
  if (address === undefined) return { kind: 'name', host, port }
  return ipv4Compat ? { ...address, ipv4Compat } : address
}

function readPipe(reader: Reader): Address | undefined {
  const path = reader.string('path')
  const mode = reader.number('mode', 0)
  if (path.startsWith('@') && mode !== 0) {
    reader.error('mode', 'NU133', 'Cannot set mode for Abstract AF_UNIX sockets')
  }
  if (!path.startsWith('@') && path.includes('\0'))
    reader.error('path', 'NU133', 'UNIX domain socket pathname contains embedded null characters')
  if (new TextEncoder().encode(path).length >= PIPE_PATH_LIMIT) {
    const message = `Path "${path}" exceeds maximum UNIX domain socket path size of ${PIPE_PATH_LIMIT}.`
    reader.error('path', 'NU133', message)
    return undefined
  }
  return pipeAddress(path, mode)
}
