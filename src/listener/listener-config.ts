/**
 * envoy.config.listener.v3.Listener, parsed. Runs on the main thread to prove and on each worker to build.
 */
import type { ExtensionConfig, ParseContext } from '../api/extension.ts'
import type { Message, Reader } from '../api/config.ts'
import type { Address } from '../api/network.ts'
import type { AccessLogConfig } from '../formatter/access-log/access-log-config.ts'
import { readAccessLogs } from '../formatter/access-log/access-log-config.ts'
import { readAddress } from '../network/address-config.ts'
import type { SocketOptions } from '../network/socket-options.ts'
import { readListenSocketOptions } from '../network/socket-options.ts'
import type { FilterChainMatch } from './filter-chain-match.ts'
import { readFilterChainMatch } from './filter-chain-match-config.ts'
import { checkFilterChains, checkNetworkFilters } from './filter-chain-checks.ts'

export type TrafficDirection = 'UNSPECIFIED' | 'INBOUND' | 'OUTBOUND'

export interface FilterChainConfig {
  readonly name: string
  readonly match: FilterChainMatch
  readonly filters: readonly ExtensionConfig<'envoy.filters.network'>[]
  readonly metadata: Message | undefined
}

export interface ListenerConfig {
  readonly name: string
  readonly address: Address
  /** `listener.<prefix>.`; the configured address with `:` as `_` unless stat_prefix says otherwise. */
  readonly statPrefix: string
  readonly filterChains: readonly FilterChainConfig[]
  readonly defaultFilterChain: FilterChainConfig | undefined
  readonly perConnectionBufferLimitBytes: number
  readonly drainType: 'DEFAULT' | 'MODIFY_ONLY'
  readonly trafficDirection: TrafficDirection
  readonly reusePort: boolean
  /** undefined: the system's maximum. */
  readonly tcpBacklogSize: number | undefined
  readonly socketOptions: SocketOptions
  /** One record a connection, when it ends. */
  readonly accessLogs: readonly AccessLogConfig[]
  readonly metadata: Message | undefined
  readonly json: Message
}

const DEFAULT_BUFFER_LIMIT_BYTES = 1024 * 1024

export function parseListener(reader: Reader, context: ParseContext): ListenerConfig {
  const address = readListenerAddress(reader)
  const name = reader.string('name')
  const label = name === '' ? address.text : name
  const filterChains = reader.messages('filter_chains', (chain) => parseFilterChain(chain, context))
  const defaultFilterChain = reader.message('default_filter_chain', (chain) => parseFilterChain(chain, context))
  checkFilterChains(reader, label, filterChains, defaultFilterChain !== undefined)
  reader.ignore('listener_filters_timeout', 'no listener filter means nothing to wait for')
  reader.ignore('continue_on_listener_filters_timeout', 'no listener filter means nothing to wait for')
  reader.ignore('ignore_global_conn_limit', 'there is no global connection limit to be exempt from')
  reader.ignore('bypass_overload_manager', 'there is no overload manager to bypass')
  refuseUnless(reader, 'bind_to_port', true, 'a listener that is not bound')
  refuseUnless(reader, 'use_original_dst', false, 'handing connections over by original destination')
  return {
    name,
    address,
    statPrefix: reader.string('stat_prefix') || address.text.replaceAll(':', '_'),
    filterChains,
    defaultFilterChain,
    perConnectionBufferLimitBytes: reader.number('per_connection_buffer_limit_bytes', DEFAULT_BUFFER_LIMIT_BYTES),
    drainType: reader.enumeration('drain_type', 'DEFAULT'),
    trafficDirection: reader.enumeration('traffic_direction', 'UNSPECIFIED'),
    reusePort: reader.bool('enable_reuse_port', true),
    tcpBacklogSize: reader.optionalNumber('tcp_backlog_size'),
    socketOptions: readListenSocketOptions(reader),
    accessLogs: readAccessLogs(reader, 'access_log', context),
    metadata: reader.raw('metadata') as Message | undefined,
    json: reader.json,
  }
}

function readListenerAddress(reader: Reader): Address {
  const address = reader.message('address', readAddress)
  if (address !== undefined) return address
  reader.error(undefined, 'NU142', `error adding listener named '${reader.string('name')}': address is necessary`)
  return { kind: 'pipe', path: '', mode: 0, text: '' }
}

function refuseUnless(reader: Reader, field: string, usual: boolean, what: string): void {
  if (reader.bool(field, usual) !== usual) reader.unsupported(field, what)
}

function parseFilterChain(reader: Reader, context: ParseContext): FilterChainConfig {
  const name = reader.string('name')
  const match = reader.message('filter_chain_match', readFilterChainMatch) ?? readFilterChainMatch(undefined)
  const filters: ExtensionConfig<'envoy.filters.network'>[] = []
  reader.messages('filters', (filter) => {
    const config = context.namedExtension(filter, 'envoy.filters.network')
    if (config !== undefined) filters.push(config)
  })
  checkNetworkFilters(reader, filters)
  if (reader.has('transport_socket')) {
    reader.message('transport_socket', (socket) => context.namedExtension(socket, 'envoy.transport_sockets.downstream'))
  }
  reader.ignore('transport_socket_connect_timeout', 'a plain-text connection has no handshake that could time out')
  return { name, match, filters, metadata: reader.raw('metadata') as Message | undefined }
}
