/** envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig, which filters and clusters share by its name. */
import type { Reader } from '../../api/config.ts'
import type { DnsCacheSettings } from '../../api/dns-cache.ts'
import type { OpenKeyValueStore } from '../../api/key-value-store.ts'
import type { ParseContext } from '../../api/extension.ts'
import type { AddressPredicate } from '../../config/matchers/address-matcher.ts'
import { readAddressMatcher } from '../../config/matchers/address-matcher.ts'
import type { DnsLookupFamily, DnsResolverSettings, DnsSettings } from '../config/dns-settings.ts'
import { readFailureRefresh, readResolver } from '../config/dns-settings.ts'
import { hostAndPort } from './authority.ts'

export interface DnsCacheConfig extends DnsCacheSettings {
  readonly lookupFamily: DnsLookupFamily
  /** Undefined: as the bootstrap says. */
  readonly resolver: DnsResolverSettings | undefined
  /** Until the next lookup of a name without addresses; with addresses their TTL counts. */
  readonly refreshMs: number
  /** A TTL counts for so long at least. */
  readonly minRefreshMs: number
  readonly failureRefresh: DnsSettings['failureRefresh']
  /** Hosts that nobody used for so long are forgotten. */
  readonly hostTtlMs: number
  /** 0: as long as the resolver takes. */
  readonly queryTimeoutMs: number
  /** Looked up at once, `name:port`. */
  readonly preresolve: readonly string[]
  /** Keeps its hosts over a restart. */
  readonly openStore: OpenKeyValueStore | undefined
  /** Addresses that are left out. */
  readonly isFilteredOut: AddressPredicate | undefined
}

const NOTHING_SET: DnsCacheConfig = {
  name: '',
  lookupFamily: 'AUTO',
  resolver: undefined,
  refreshMs: 60_000,
  minRefreshMs: 5000,
  failureRefresh: undefined,
  hostTtlMs: 300_000,
  maxHosts: 1024,
  maxPendingRequests: 1024,
  queryTimeoutMs: 5000,
  preresolve: [],
  refreshesAfterFailure: true,
  openStore: undefined,
  isFilteredOut: undefined,
}

/** The field `dns_cache_config`, which may be left out: a cache without a name is one, too. */
export function readDnsCacheField(reader: Reader, context: ParseContext): DnsCacheConfig {
  const config = reader.message('dns_cache_config', (cache) => readDnsCache(cache, context))
  return config ?? requireNamelessCache(context)
}

/** What a message without fields says. */
export function requireNamelessCache(context: ParseContext): DnsCacheConfig {
  // Nobody can say anything else under this name.
  context.requireDnsCache?.({ name: '', text: '{}', config: NOTHING_SET })
  return NOTHING_SET
}

function readDnsCache(reader: Reader, context: ParseContext): DnsCacheConfig {
  const maxHosts = reader.number('max_hosts', NOTHING_SET.maxHosts)
  reader.ignore('use_tcp_for_dns_lookups', 'it has no effect in Envoy; dns_resolver_options have it as well')
  const config: DnsCacheConfig = {
    name: reader.string('name'),
    lookupFamily: reader.enumeration<DnsLookupFamily>('dns_lookup_family', NOTHING_SET.lookupFamily),
    resolver: readResolver(reader, context),
    refreshMs: reader.durationMs('dns_refresh_rate', NOTHING_SET.refreshMs),
    minRefreshMs: reader.durationMs('dns_min_refresh_rate', NOTHING_SET.minRefreshMs),
    // What is wrong with it Envoy finds out only with the first host, and ends.
    failureRefresh: reader.message('dns_failure_refresh_rate', readFailureRefresh),
    hostTtlMs: reader.durationMs('host_ttl', NOTHING_SET.hostTtlMs),
    maxHosts,
    maxPendingRequests: readMaxPending(reader),
    queryTimeoutMs: reader.durationMs('dns_query_timeout', NOTHING_SET.queryTimeoutMs),
    preresolve: readPreresolve(reader, maxHosts),
    refreshesAfterFailure: !reader.bool('disable_dns_refresh_on_failure', false),
    openStore: readStore(reader, context),
    isFilteredOut: reader.message('resolved_address_filter', readAddressMatcher),
  }
  // Users of one name must agree, word for word.
  const problem = context.requireDnsCache?.({ name: config.name, text: JSON.stringify(reader.json), config })
  if (problem !== undefined) reader.error(undefined, 'NU193', problem)
  return config
}

function readStore(cache: Reader, context: ParseContext): OpenKeyValueStore | undefined {
  return cache.message('key_value_config', (store) =>
    store.message('config', (config) => {
      // Every extension of this category returns what opens it.
      return context.namedExtension(config, 'envoy.common.key_value')?.config as OpenKeyValueStore | undefined
    }),
  )
}

function readMaxPending(reader: Reader): number {
  const breaker = reader.message('dns_cache_circuit_breaker', (breaker) => {
    return breaker.number('max_pending_requests', NOTHING_SET.maxPendingRequests)
  })
  return breaker ?? NOTHING_SET.maxPendingRequests
}

/** Ports by name are none, as in Envoy. */
function readPreresolve(reader: Reader, maxHosts: number): readonly string[] {
  const hosts = reader.messages('preresolve_hostnames', (address) => {
    for (const field of ['protocol', 'resolver_name', 'ipv4_compat', 'named_port', 'network_namespace_filepath']) {
      address.ignore(field, 'only the name and the port matter')
    }
    return hostAndPort(address.string('address'), address.number('port_value', 0))
  })
  if (hosts.length > maxHosts) {
    const name = reader.string('name')
    const message = `DNS Cache [${name}] configured with preresolve_hostnames=${hosts.length} larger than max_hosts=${maxHosts}`
    reader.error('preresolve_hostnames', 'NU193', message)
  }
  return hosts
}
