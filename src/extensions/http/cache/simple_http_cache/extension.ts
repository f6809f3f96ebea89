/** envoy.extensions.http.cache.simple: responses in memory. */
import type { Extension, FactoryContext } from '../../../../api/extension.ts'
import type { HttpCache } from '../../../../api/http-cache.ts'
import { SimpleHttpCache } from './simple-http-cache.ts'

/** Of the runtime: how large it may become. It counts for whoever comes first. */
const BYTES_KEY = 'nuncio.simple_http_cache.max_bytes'
const BYTES = 64 * 1024 * 1024
const FEWEST_BYTES = 64 * 1024
const MOST_BYTES = 16 * 1024 * 1024 * 1024
const ENTRIES = 32_768

export const extension: Extension<undefined, 'envoy.http.cache'> = {
  category: 'envoy.http.cache',
  name: 'envoy.extensions.http.cache.simple',
  typeNames: ['envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: () => undefined,
  create: (_config, context) => openCache(context) ?? NO_CACHE,
}

function openCache({ shared, runtime, random }: FactoryContext): HttpCache | undefined {
  const wanted = runtime.current.integer(BYTES_KEY, BYTES)
  const bytes = Math.min(Math.max(wanted, FEWEST_BYTES), MOST_BYTES)
  return SimpleHttpCache.open(shared, { bytes, entries: ENTRIES }, random.u32())
}

/** The system has no memory for one: every look misses. */
const NO_CACHE: HttpCache = {
  maxBodyBytes: 0,
  get: () => undefined,
  put: () => undefined,
  replaceHead: () => undefined,
}
