/** Entries of a filter chain's `filters`: in the configuration, or from elsewhere (ECDS). */
import type { Reader } from '../api/config.ts'
import type { ExtensionConfig, FactoryContext, ParseContext } from '../api/extension.ts'
import type { NetworkFilterFactory } from '../api/network.ts'
import { DynamicFilter } from '../config/filter-discovery/dynamic-filter.ts'
import type { FilterDiscoveryConfig } from '../config/filter-discovery/filter-discovery-config.ts'
import { isDiscovered, readFilterDiscovery } from '../config/filter-discovery/filter-discovery-config.ts'

export type NetworkFilterConfig = ExtensionConfig<'envoy.filters.network'> | FilterDiscoveryConfig<'network_filter'>

/** With gaps where errors were reported. */
export function readNetworkFilters(chain: Reader, context: ParseContext): readonly (NetworkFilterConfig | undefined)[] {
  const entries = chain.json['filters']
  const count = Array.isArray(entries) ? entries.length : 0
  return chain.messages('filters', (entry, index) => {
    if (!isDiscovered(entry)) return context.namedExtension(entry, 'envoy.filters.network')
    const place = { kind: 'network_filter', chain: 'network', last: index === count - 1, checked: false } as const
    return readFilterDiscovery(entry, place, context)
  })
}

/** On the worker that will use it. What has not come closes the connection. */
export function createNetworkFilter(filter: NetworkFilterConfig, context: FactoryContext): NetworkFilterFactory {
  if ('extension' in filter) return filter.extension.create(filter.config, context)
  const dynamic = new DynamicFilter(filter, context)
  const missing = context.listenerScope.counter('network_extension_config_missing')
  return (chain) => {
    if (dynamic.product !== undefined) return dynamic.product(chain)
    missing.inc()
    chain.connection.close('no-flush', 'no_filters')
  }
}
