/** envoy.network.dns_resolver.getaddrinfo: the servers of the system, which is also the default here. */
import type { Extension } from '../../../../api/extension.ts'
import type { DnsResolverSettings } from '../../../../upstream/config/dns-settings.ts'
import { DEFAULT_RESOLVER } from '../../../../upstream/config/dns-settings.ts'

export const extension: Extension<DnsResolverSettings, 'envoy.network.dns_resolver'> = {
  category: 'envoy.network.dns_resolver',
  name: 'envoy.network.dns_resolver.getaddrinfo',
  typeNames: ['envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig'],
  status: 'partial',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: (reader) => {
    reader.ignore('num_resolver_threads', 'lookups do not occupy threads')
    const retries = reader.optionalNumber('num_retries')
    const settings = { ...DEFAULT_RESOLVER, ednsSize: undefined, nothingIsFailure: true }
    return retries === undefined ? settings : { ...settings, tries: retries + 1 }
  },
  create: (config) => config,
}
