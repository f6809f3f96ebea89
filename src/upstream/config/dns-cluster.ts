/** envoy.extensions.clusters.dns.v3.DnsCluster: the DNS settings of a cluster in a message of their own. */
import type { Reader } from '../../api/config.ts'
import type { ParseContext } from '../../api/extension.ts'
import type { DnsLookupFamily, DnsSettings } from './dns-settings.ts'
import { DEFAULT_DNS, readFailureRefresh, readTypedResolver } from './dns-settings.ts'

export interface DnsClusterConfig {
  readonly kind: 'dns'
  readonly dns: DnsSettings
  /** One host with all addresses of its name (LOGICAL_DNS) instead of a host an address. */
  readonly allAddressesInSingleEndpoint: boolean
}

export const DEFAULT_DNS_CLUSTER: DnsClusterConfig = {
  kind: 'dns',
  dns: DEFAULT_DNS,
  allAddressesInSingleEndpoint: false,
}

export function readDnsCluster(reader: Reader, context: ParseContext): DnsClusterConfig {
  const family = reader.enumeration<DnsLookupFamily | 'UNSPECIFIED'>('dns_lookup_family', 'UNSPECIFIED')
  return {
    kind: 'dns',
    dns: {
      lookupFamily: family === 'UNSPECIFIED' ? DEFAULT_DNS.lookupFamily : family,
      refreshMs: reader.durationMs('dns_refresh_rate', DEFAULT_DNS.refreshMs),
      jitterMs: reader.durationMs('dns_jitter', DEFAULT_DNS.jitterMs),
      respectTtl: reader.bool('respect_dns_ttl', DEFAULT_DNS.respectTtl),
      minRefreshMs: reader.durationMs('dns_min_refresh_rate', DEFAULT_DNS.minRefreshMs),
      failureRefresh: reader.message('dns_failure_refresh_rate', readFailureRefresh),
      resolver: readTypedResolver(reader, context),
    },
    allAddressesInSingleEndpoint: reader.bool('all_addresses_in_single_endpoint', false),
  }
}
