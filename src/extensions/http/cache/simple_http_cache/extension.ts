/** envoy.extensions.http.cache.simple: responses in memory. */
import type { Extension } from '../../../../api/extension.ts'
import { ThreadSimpleCache } from './thread-simple-cache.ts'

export const extension: Extension<undefined, 'envoy.http.cache'> = {
  category: 'envoy.http.cache',
  name: 'envoy.extensions.http.cache.simple',
  typeNames: ['envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: () => undefined,
  create: (_config, context) => context.dispatcher.local(ThreadSimpleCache).open(context),
}
