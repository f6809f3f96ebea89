/** How a cluster with names looks them up. */
import type { Reader } from '../../api/config.ts'
import type { ParseContext } from '../../api/extension.ts'
import { readAddress } from '../../network/address-config.ts'
import type { DiscoveryType } from './discovery-type.ts'

export type DnsLookupFamily = 'AUTO' | 'V4_ONLY' | 'V6_ONLY' | 'V4_PREFERRED' | 'ALL'

export interface DnsSettings {
  readonly lookupFamily: DnsLookupFamily
  readonly refreshMs: number
  readonly jitterMs: number
  readonly respectTtl: boolean
  /** Names are not asked for again earlier because of a TTL. */
  readonly minRefreshMs: number
  /** After a failed lookup: exponential between the two with jitter; undefined: like `refreshMs`. */
  readonly failureRefresh: { readonly baseMs: number; readonly maxMs: number } | undefined
  /** Undefined: as the bootstrap says. */
  readonly resolver: DnsResolverSettings | undefined
}

/** Also what the `parse` of an extension of category envoy.network.dns_resolver returns. */
export interface DnsResolverSettings {
  /** `ip:port`; empty: those of the system. */
  readonly servers: readonly string[]
  readonly useSearchDomains: boolean
  readonly timeoutMs: number
  readonly tries: number
  /** Answers are kept for their TTL, at most for so many seconds; 0: they are not. */
  readonly cacheMaxTtlS: number
  /** Questions go over TCP, all of them. */
  readonly overTcp: boolean
  /** How long answers over UDP may be (RFC 6891); undefined: servers are not told. */
  readonly ednsSize: number | undefined
  /** `servers` are asked only where the system knows none. */
  readonly serversAreFallback: boolean
  /** Each question goes to any of the servers that answer. */
  readonly rotatesServers: boolean
  /** Addresses of a family that no interface of this machine has are left out. */
  readonly routableOnly: boolean
  /** What is known of the servers is forgotten when none answers in time, too. */
  readonly reinitialisesOnTimeout: boolean
  /** And so often anyway. */
  readonly reinitialisesEachMs: number | undefined
  /** A name without addresses is a failed lookup, not an answer. */
  readonly nothingIsFailure: boolean
}

export const DEFAULT_RESOLVER: DnsResolverSettings = {
  servers: [],
  useSearchDomains: true,
  timeoutMs: 5000,
  tries: 4,
  cacheMaxTtlS: 0,
  overTcp: false,
  ednsSize: 1232,
  serversAreFallback: false,
  rotatesServers: false,
  routableOnly: false,
  reinitialisesOnTimeout: false,
  reinitialisesEachMs: undefined,
  nothingIsFailure: false,
}

export const DEFAULT_DNS: DnsSettings = {
  lookupFamily: 'AUTO',
  refreshMs: 5000,
  jitterMs: 0,
  respectTtl: false,
  minRefreshMs: 0,
  failureRefresh: undefined,
  resolver: undefined,
}

const MAX_FAILURE_FACTOR = 10

export function readDnsSettings(cluster: Reader, discovery: DiscoveryType, context: ParseContext): DnsSettings {
  if (!discovery.endsWith('_DNS')) {
    ignoreDnsFields(cluster, 'for clusters that look names up')
    return DEFAULT_DNS
  }
  return {
    lookupFamily: cluster.enumeration<DnsLookupFamily>('dns_lookup_family', 'AUTO'),
    refreshMs: cluster.durationMs('dns_refresh_rate', DEFAULT_DNS.refreshMs),
    jitterMs: cluster.durationMs('dns_jitter', 0),
    respectTtl: cluster.bool('respect_dns_ttl', false),
    minRefreshMs: DEFAULT_DNS.minRefreshMs,
    failureRefresh: cluster.message('dns_failure_refresh_rate', readFailureRefresh),
    resolver: readClusterResolver(cluster, context),
  }
}

export function readFailureRefresh(rate: Reader): NonNullable<DnsSettings['failureRefresh']> {
  const baseMs = rate.durationMs('base_interval', 0)
  const maxMs = rate.durationMs('max_interval', baseMs * MAX_FAILURE_FACTOR)
  if (maxMs < baseMs) {
    const message = 'dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval'
    rate.error('max_interval', 'NU165', message)
  }
  return { baseMs, maxMs }
}

function readClusterResolver(cluster: Reader, context: ParseContext): DnsResolverSettings | undefined {
  const newer = readResolver(cluster, context)
  const servers = readServers(cluster, 'dns_resolvers')
  if (newer !== undefined || servers.length === 0) {
    cluster.ignore('use_tcp_for_dns_lookups', 'it counts only for dns_resolvers')
    return newer
  }
  return { ...DEFAULT_RESOLVER, servers, ...(cluster.bool('use_tcp_for_dns_lookups', false) && ONLY_TCP) }
}

/** Of clusters and DNS caches that say nothing; undefined: nor does the bootstrap. */
export function readBootstrapResolver(bootstrap: Reader, context: ParseContext): DnsResolverSettings | undefined {
  const settings = readResolver(bootstrap, context)
  if (settings !== undefined) {
    bootstrap.ignore('use_tcp_for_dns_lookups', 'what says which servers to ask says that as well')
    return settings
  }
  return bootstrap.bool('use_tcp_for_dns_lookups', false) ? { ...DEFAULT_RESOLVER, ...ONLY_TCP } : undefined
}

/** The two fields that bootstrap, clusters and DNS caches have, newest first as Envoy prefers them. */
export function readResolver(reader: Reader, context: ParseContext): DnsResolverSettings | undefined {
  const typed = readTypedResolver(reader, context)
  const older = reader.message('dns_resolution_config', readDnsResolution)
  return typed ?? older
}

/** The field `typed_dns_resolver_config`, which several messages have. */
export function readTypedResolver(reader: Reader, context: ParseContext): DnsResolverSettings | undefined {
  return reader.message('typed_dns_resolver_config', (config) => {
    // As good as none, as in Envoy.
    const any = config.json['typed_config']
    if (typeof any !== 'object' || any === null || !('@type' in any)) {
      for (const field of ['name', 'typed_config']) config.ignore(field, 'an extension is known by its type')
      return undefined
    }
    // Every extension of this category returns DnsResolverSettings.
    return context.namedExtension(config, 'envoy.network.dns_resolver')?.config as DnsResolverSettings | undefined
  })
}

/** For clusters that have no use for them. */
export function ignoreDnsFields(cluster: Reader, reason: string): void {
  for (const field of DNS_FIELDS) cluster.ignore(field, reason)
}

const DNS_FIELDS = [
  'dns_refresh_rate',
  'dns_jitter',
  'dns_failure_refresh_rate',
  'respect_dns_ttl',
  'dns_lookup_family',
  'dns_resolvers',
  'use_tcp_for_dns_lookups',
  'dns_resolution_config',
  'typed_dns_resolver_config',
]

/** envoy.config.core.v3.DnsResolutionConfig, whose two fields CaresDnsResolverConfig has as well. */
export function readDnsResolution(reader: Reader): DnsResolverSettings {
  const options = reader.message('dns_resolver_options', (resolver) => {
    const useSearchDomains = !resolver.bool('no_default_search_domain', false)
    const overTcp = resolver.bool('use_tcp_for_dns_lookups', false)
    // Either of them takes the place of all that c-ares does by itself.
    return { useSearchDomains, overTcp, ...((overTcp || !useSearchDomains) && { ednsSize: undefined }) }
  })
  return {
    ...DEFAULT_RESOLVER,
    servers: readServers(reader, 'resolvers'),
    ...options,
  }
}

const ONLY_TCP = { overTcp: true, ednsSize: undefined }

function readServers(reader: Reader, field: string): readonly string[] {
  const servers: string[] = []
  reader.messages(field, (entry) => {
    const address = readAddress(entry)
    if (address?.kind === 'ip') servers.push(address.text)
    else if (address?.kind === 'pipe') entry.error('pipe', 'NU166', 'a DNS resolver has an IP address')
  })
  return servers
}
