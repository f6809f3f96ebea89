/** envoy.filters.http.cache: responses that were given before. */
import type { Extension } from '../../../../api/extension.ts'
import { CacheClients } from './cache-clients.ts'
import { CacheFilter } from './cache-filter.ts'
import type { CacheConfig } from './config.ts'
import { parseCache } from './config.ts'
import { VariedCache } from './varied-cache.ts'

export const extension: Extension<CacheConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.cache',
  typeNames: ['envoy.extensions.filters.http.cache.v3.CacheConfig'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseCache,
  create: ({ store, allowedVaryHeaders, ignoreRequestCacheControl }, context) => {
    if (store === undefined) return () => {}
    const cache = new VariedCache(store.extension.create(store.config, context), allowedVaryHeaders)
    const shared = { cache, clients: new CacheClients(context), allowedVaryHeaders, ignoreRequestCacheControl }
    return (chain) => chain.addDecoderFilter(new CacheFilter(shared))
  },
}
