/**
 * Options of sockets from the configuration (envoy.config.core.v3.SocketOption and the fields that stand for some),
 * flattened into one list: when to set which number.
 */
import type { Reader } from '../api/config.ts'
import {
  IP_FREEBIND,
  IP_TRANSPARENT,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_FREEBIND,
  IPV6_TRANSPARENT,
  SO_KEEPALIVE,
  SO_MARK,
  SOL_SOCKET,
  TCP_FASTOPEN,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
} from '../platform/socket-constants.ts'

export type SocketState = 'STATE_PREBIND' | 'STATE_BOUND' | 'STATE_LISTENING'

export interface SocketOption {
  readonly level: number
  readonly name: number
  readonly value: number | Uint8Array
  readonly state: SocketState
  /** Undefined: sockets of both families, and pipes. */
  readonly family: 4 | 6 | undefined
}

export interface SocketOptions {
  /** In the order in which they are to be set. */
  readonly options: readonly SocketOption[]
}

/** The fields of envoy.config.listener.v3.Listener that end as options of its sockets. */
export function readListenSocketOptions(reader: Reader): SocketOptions {
  const options: SocketOption[] = []
  const transparent = reader.optionalBool('transparent')
  if (transparent !== undefined) options.push(...transparentOptions(transparent))
  const freebind = reader.optionalBool('freebind')
  if (freebind !== undefined) options.push(...freebindOptions(freebind))
  const fastOpen = reader.optionalNumber('tcp_fast_open_queue_length')
  if (fastOpen !== undefined) options.push(tcpOption(TCP_FASTOPEN, fastOpen, 'STATE_LISTENING'))
  reader.message('tcp_keepalive', (keepalive) => options.push(...readTcpKeepalive(keepalive)))
  options.push(...readSocketOptions(reader, 'socket_options'))
  return { options }
}

export function transparentOptions(transparent: boolean): readonly SocketOption[] {
  return [
    ...bothFamilies(IP_TRANSPARENT, IPV6_TRANSPARENT, Number(transparent), 'STATE_PREBIND'),
    ...bothFamilies(IP_TRANSPARENT, IPV6_TRANSPARENT, Number(transparent), 'STATE_BOUND'),
  ]
}

export function markOption(mark: number): SocketOption {
  return { level: SOL_SOCKET, name: SO_MARK, value: mark, state: 'STATE_PREBIND', family: undefined }
}

export function freebindOptions(freebind: boolean): readonly SocketOption[] {
  return bothFamilies(IP_FREEBIND, IPV6_FREEBIND, Number(freebind), 'STATE_PREBIND')
}

/** A repeated envoy.config.core.v3.SocketOption; those for datagrams alone fall out. */
export function readSocketOptions(reader: Reader, field: string): readonly SocketOption[] {
  const options: SocketOption[] = []
  reader.messages(field, (option) => {
    option.ignore('description', 'a remark for people')
    const level = option.number('level', 0)
    const name = option.number('name', 0)
    const value = readValue(option)
    const state = option.enumeration<SocketState>('state', 'STATE_PREBIND')
    const family = readFamily(option)
    if (value !== undefined && isForStreams(option)) options.push({ level, name, value, state, family })
  })
  return options
}

/** envoy.config.core.v3.TcpKeepalive; unset parts stay as the system has them. */
export function readTcpKeepalive(reader: Reader): readonly SocketOption[] {
  const options: SocketOption[] = []
  const probes = reader.optionalNumber('keepalive_probes')
  const timeSeconds = reader.optionalNumber('keepalive_time')
  const intervalSeconds = reader.optionalNumber('keepalive_interval')
  // Zero for all of them switches it off (a cluster may override what is above it).
  if (probes === 0 && timeSeconds === 0 && intervalSeconds === 0) return options
  options.push({ level: SOL_SOCKET, name: SO_KEEPALIVE, value: 1, state: 'STATE_PREBIND', family: undefined })
  if (probes !== undefined) options.push(tcpOption(TCP_KEEPCNT, probes, 'STATE_PREBIND'))
  if (intervalSeconds !== undefined) options.push(tcpOption(TCP_KEEPINTVL, intervalSeconds, 'STATE_PREBIND'))
  if (timeSeconds !== undefined) options.push(tcpOption(TCP_KEEPIDLE, timeSeconds, 'STATE_PREBIND'))
  return options
}

function tcpOption(name: number, value: number, state: SocketState): SocketOption {
  return { level: IPPROTO_TCP, name, value, state, family: undefined }
}

function bothFamilies(name4: number, name6: number, value: number, state: SocketState): readonly SocketOption[] {
  return [
    { level: IPPROTO_IP, name: name4, value, state, family: 4 },
    { level: IPPROTO_IPV6, name: name6, value, state, family: 6 },
  ]
}

function readValue(option: Reader): number | Uint8Array | undefined {
  if (option.oneof('value') === 'buf_value') {
    const bytes = option.bytes('buf_value')
    if (bytes !== undefined && bytes.length > 256) option.unsupported('buf_value', 'a value of more than 256 bytes')
    return bytes
  }
  return option.number('int_value', 0)
}

function readFamily(option: Reader): 4 | 6 | undefined {
  const version = option.enumeration('ip_version', 'SOCKET_IP_VERSION_UNSPECIFIED')
  if (version === 'SOCKET_IP_VERSION_UNSPECIFIED') return undefined
  return version === 'SOCKET_IP_VERSION_IPV6' ? 6 : 4
}

function isForStreams(option: Reader): boolean {
  const forStreams = option.message('type', (type) => {
    const stream = type.message('stream', () => true) ?? false
    const datagram = type.message('datagram', () => true) ?? false
    return stream || !datagram
  })
  return forStreams ?? true
}
