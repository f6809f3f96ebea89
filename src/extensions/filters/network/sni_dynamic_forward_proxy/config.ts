/** envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { DnsCacheSettings } from '../../../../api/dns-cache.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import { readDnsCacheField } from '../../../../upstream/dns-cache/dns-cache-config.ts'

export interface SniForwardProxyConfig {
  readonly cache: DnsCacheSettings
  /** Of every host; 0: it does not say. */
  readonly port: number
  /** The address is left in the filter state. */
  readonly savesUpstreamAddress: boolean
}

export function parseSniForwardProxy(reader: Reader, context: ParseContext): SniForwardProxyConfig {
  return {
    cache: readDnsCacheField(reader, context),
    port: reader.number('port_value', 0),
    savesUpstreamAddress: reader.bool('save_upstream_address', false),
  }
}
