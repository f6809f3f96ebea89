/**
 * envoy.config.listener.v3.Listener, parsed. Runs on the main thread to prove and on each worker to build.
 */
import type { DiscoveryRequest } from '../api/discovery.ts'
import type { ExtensionConfig, ParseContext } from '../api/extension.ts'
import type { Message, Reader } from '../api/config.ts'
import type { Address } from '../api/network.ts'
import type { AccessLogConfig } from '../formatter/access-log/access-log-config.ts'
import { readAccessLogs } from '../formatter/access-log/access-log-config.ts'
import { below } from '../config/below.ts'
import { readAddress } from '../network/address-config.ts'
import type { SocketOptions } from '../network/socket-options.ts'
import { readListenSocketOptions, readSocketOptions } from '../network/socket-options.ts'
import type { FilterChainMatch } from './filter-chain-match.ts'
import { readFilterChainMatch } from './filter-chain-match-config.ts'
import type { FilterChainMatcher } from './filter-chain-matcher.ts'
import { readFilterChainMatcher } from './filter-chain-matcher.ts'
import type { ListenerFilterConfig } from './listener-filter-config.ts'
import { servedIpv4 } from './listener-addresses.ts'
import { readListenerFilters } from './listener-filter-config.ts'
import type { NetworkFilterConfig } from './network-filter-config.ts'
import { readNetworkFilters } from './network-filter-config.ts'
import { checkName, checkNetworkFilters, SeenCriteria } from './filter-chain-checks.ts'

export type TrafficDirection = 'UNSPECIFIED' | 'INBOUND' | 'OUTBOUND'

export interface FilterChainConfig {
  readonly name: string
  readonly match: FilterChainMatch
  readonly filters: readonly NetworkFilterConfig[]
  /** undefined: bytes pass as they are. */
  readonly transport: ExtensionConfig<'envoy.transport_sockets.downstream'> | undefined
  readonly metadata: Message | undefined
  readonly useProxyProto: boolean
  /** What two generations are compared by. */
  readonly text: string
}

/** Where a listener listens. */
export interface ListenAddress {
  readonly address: Address
  readonly socketOptions: SocketOptions
}

export interface ListenerConfig {
  readonly name: string
  /** The first of `addresses`. */
  readonly address: Address
  /** At least one. */
  readonly addresses: readonly ListenAddress[]
  /** False: it has no socket, and gets what other listeners hand over. */
  readonly bindToPort: boolean
  /** It hands connections over to the listener at their original destination. */
  readonly useOriginalDst: boolean
  readonly listenerFilters: readonly ListenerFilterConfig[]
  /** How long they may wait, all in all; 0 for ever. */
  readonly listenerFiltersTimeoutMs: number
  /** The filter chain is then chosen by what is known. */
  readonly continueOnListenerFiltersTimeout: boolean
  /** Its connections are not among those that the process may have a limited number of. */
  readonly ignoreGlobalConnLimit: boolean
  /** Overload changes nothing here. */
  readonly bypassOverloadManager: boolean
  /** What comes from elsewhere: route tables by name, configurations of filters. */
  readonly discoveries: readonly DiscoveryRequest[]
  /** `listener.<prefix>.`; the configured address with `:` as `_` unless stat_prefix says otherwise. */
  readonly statPrefix: string
  readonly filterChains: readonly FilterChainConfig[]
  /** Chooses the chain by its name, in place of the chains' criteria. */
  readonly filterChainMatcher: FilterChainMatcher | undefined
  readonly defaultFilterChain: FilterChainConfig | undefined
  readonly perConnectionBufferLimitBytes: number
  /** How long more than that may wait for a client; 0: for ever. */
  readonly highWatermarkTimeoutMs: number
  readonly drainType: 'DEFAULT' | 'MODIFY_ONLY'
  readonly trafficDirection: TrafficDirection
  readonly reusePort: boolean
  /** Workers hand connections to the one that has the fewest. */
  readonly exactBalance: boolean
  /** undefined: the system's maximum. */
  readonly tcpBacklogSize: number | undefined
  readonly socketOptions: SocketOptions
  /** One record a connection, when it ends. */
  readonly accessLogs: readonly AccessLogConfig[]
  readonly metadata: Message | undefined
  readonly json: Message
}

const DEFAULT_FILTERS_TIMEOUT_MS = 15_000
const DEFAULT_BUFFER_LIMIT_BYTES = 1024 * 1024

const MANY_PER_EVENT = 'how many connections the runtime takes before it looks at others changes no outcome'

export function parseListener(reader: Reader, outer: ParseContext): ListenerConfig {
  const discoveries: DiscoveryRequest[] = []
  const context: ParseContext =
    outer.require === undefined ? outer : { ...outer, require: (request) => void discoveries.push(request) }
  const address = readListenerAddress(reader)
  const socketOptions = readListenSocketOptions(reader)
  const name = reader.string('name')
  const filterChains = parseFilterChains(reader, address.text, context)
  const filterChainMatcher = reader.message('filter_chain_matcher', readFilterChainMatcher)
  const defaultFilterChain = reader.message('default_filter_chain', (chain) => parseFilterChain(chain, context))
  const needsChain = !isUdp(reader.json) && !reader.has('api_listener')
  if (filterChains.length === 0 && defaultFilterChain === undefined && needsChain) {
    const message = `error adding listener '${address.text}': no filter chains specified`
    reader.error('filter_chains', 'NU140', message)
  }
  reader.ignore('max_connections_to_accept_per_socket_event', MANY_PER_EVENT)
  reader.ignore('reuse_port', 'sockets share their port anyway, unless enable_reuse_port says otherwise')
  return {
    name,
    address,
    addresses: [{ address, socketOptions }, ...readAdditionalAddresses(reader, socketOptions)],
    ignoreGlobalConnLimit: reader.bool('ignore_global_conn_limit', false),
    bypassOverloadManager: reader.bool('bypass_overload_manager', false),
    bindToPort: reader.bool('bind_to_port', true) && reader.message('deprecated_v1', readBindToPort) !== false,
    useOriginalDst: reader.bool('use_original_dst', false),
    listenerFilters: readListenerFilters(reader, context, usesProxyProto({ filterChains, defaultFilterChain })),
    listenerFiltersTimeoutMs: reader.durationMs('listener_filters_timeout', DEFAULT_FILTERS_TIMEOUT_MS),
    continueOnListenerFiltersTimeout: reader.bool('continue_on_listener_filters_timeout', false),
    discoveries,
    statPrefix: reader.string('stat_prefix') || address.text.replaceAll(':', '_'),
    filterChains,
    filterChainMatcher,
    defaultFilterChain,
    perConnectionBufferLimitBytes: reader.number('per_connection_buffer_limit_bytes', DEFAULT_BUFFER_LIMIT_BYTES),
    highWatermarkTimeoutMs: reader.durationMs('per_connection_buffer_high_watermark_timeout', 0),
    drainType: reader.enumeration('drain_type', 'DEFAULT'),
    trafficDirection: reader.enumeration('traffic_direction', 'UNSPECIFIED'),
    reusePort: reader.bool('enable_reuse_port', true),
    exactBalance: reader.message('connection_balance_config', readExactBalance) ?? false,
    tcpBacklogSize: reader.optionalNumber('tcp_backlog_size'),
    socketOptions,
    accessLogs: readAccessLogs(reader, 'access_log', context),
    metadata: reader.raw('metadata') as Message | undefined,
    json: reader.json,
  }
}

/** Only a socket that has IPv4 clients can say so. */
function readCompatibleAddress(reader: Reader): Address | undefined {
  const address = reader.message('address', readAddress)
  if (address?.kind === 'ip' && address.ipv4Compat === true && servedIpv4(address) === undefined) {
    const message = `Only IPv6 address '::' or valid IPv4-mapped IPv6 address can set ipv4_compat: ${address.text}`
    reader.error('address', 'NU134', message)
  }
  return address
}

function readListenerAddress(reader: Reader): Address {
  const address = readCompatibleAddress(reader)
  if (address !== undefined) return address
  if (!reader.has('address') && !reader.has('internal_listener')) {
    reader.error(undefined, 'NU142', `error adding listener named '${reader.string('name')}': address is necessary`)
  }
  return { kind: 'pipe', path: '', mode: 0, text: '' }
}

/** Other ways to balance are left unread, and so refused. */
function readExactBalance(balance: Reader): boolean {
  return balance.message('exact_balance', () => true) ?? false
}

/** Options of its own replace those of the listener. */
function readAdditionalAddresses(reader: Reader, listenerOptions: SocketOptions): ListenAddress[] {
  const list: ListenAddress[] = []
  reader.messages('additional_addresses', (entry) => {
    const address = readCompatibleAddress(entry)
    // Envoy aborts.
    if (!entry.has('address')) entry.error(undefined, 'NU142', 'an additional address needs an address')
    const own = entry.message('socket_options', (override) => readSocketOptions(override, 'socket_options'))
    const socketOptions = own === undefined ? listenerOptions : { options: own }
    if (address !== undefined) list.push({ address, socketOptions })
  })
  return list
}

/** Listener.DeprecatedV1. */
function readBindToPort(old: Reader): boolean {
  return old.bool('bind_to_port', true)
}

/** Only the first filter chain is asked, or the default one where it is the only one. */
export function usesProxyProto({
  filterChains,
  defaultFilterChain,
}: Pick<ListenerConfig, 'filterChains' | 'defaultFilterChain'>): boolean {
  return (filterChains[0] ?? defaultFilterChain)?.useProxyProto ?? false
}

export function isUdp(listener: Message): boolean {
  return below(listener, 'address', 'socket_address', 'protocol') === 'UDP'
}

function parseFilterChains(reader: Reader, address: string, context: ParseContext): FilterChainConfig[] {
  const seen = new SeenCriteria()
  const names = new Set<string>()
  // Where a matcher chooses, the chains' own criteria are not looked at.
  const byCriteria = !reader.has('filter_chain_matcher')
  return reader.messages('filter_chains', (chainReader) => {
    const chain = parseFilterChain(chainReader, context)
    if (byCriteria) seen.add(chainReader, address, chain)
    else checkName(chainReader, address, chain, names)
    return chain
  })
}

function parseFilterChain(reader: Reader, context: ParseContext): FilterChainConfig {
  const name = reader.string('name')
  const match = reader.message('filter_chain_match', readFilterChainMatch) ?? readFilterChainMatch(undefined)
  const entries = readNetworkFilters(reader, context)
  checkNetworkFilters(reader, entries)
  const filters = entries.filter((filter) => filter !== undefined)
  const transport = reader.has('transport_socket')
    ? reader.message('transport_socket', (socket) =>
        context.namedExtension(socket, 'envoy.transport_sockets.downstream'),
      )
    : undefined
  // A plain-text connection has no handshake that could time out.
  reader.durationMs('transport_socket_connect_timeout', 0)
  const metadata = reader.raw('metadata') as Message | undefined
  const useProxyProto = reader.bool('use_proxy_proto', false)
  return { name, match, filters, transport, metadata, useProxyProto, text: JSON.stringify(reader.json) }
}
