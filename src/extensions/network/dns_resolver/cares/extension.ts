/** envoy.network.dns_resolver.cares: which DNS servers to ask, and how patiently. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension } from '../../../../api/extension.ts'
import type { DnsResolverSettings } from '../../../../upstream/config/dns-settings.ts'
import { DEFAULT_RESOLVER, readDnsResolution } from '../../../../upstream/config/dns-settings.ts'

export const extension: Extension<DnsResolverSettings, 'envoy.network.dns_resolver'> = {
  category: 'envoy.network.dns_resolver',
  name: 'envoy.network.dns_resolver.cares',
  typeNames: ['envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: parseCares,
  create: (config) => config,
}

function parseCares(reader: Reader): DnsResolverSettings {
  reader.ignore('udp_max_queries', 'each question has a socket of its own')
  const resolution = readDnsResolution(reader)
  const ednsSize = reader.number('edns0_max_payload_size', DEFAULT_RESOLVER.ednsSize!)
  return {
    ...resolution,
    ...(resolution.ednsSize !== undefined && { ednsSize }),
    reinitialisesOnTimeout: reader.bool('reinit_channel_on_timeout', false),
    reinitialisesEachMs: reader.optionalDurationMs('max_udp_channel_duration'),
    timeoutMs: reader.number('query_timeout_seconds', DEFAULT_RESOLVER.timeoutMs / 1000) * 1000,
    tries: reader.number('query_tries', DEFAULT_RESOLVER.tries),
    cacheMaxTtlS: reader.number('qcache_max_ttl', 0),
    serversAreFallback: reader.bool('use_resolvers_as_fallback', false),
    rotatesServers: reader.bool('rotate_nameservers', false),
    routableOnly: reader.bool('filter_unroutable_families', false),
  }
}
