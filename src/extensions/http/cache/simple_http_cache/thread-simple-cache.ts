/** The one store of a thread, whatever number of filters use it; kept to its end, as what the process has is found by it. */
import type { FactoryContext } from '../../../../api/extension.ts'
import type { HttpCache } from '../../../../api/http-cache.ts'
import { SimpleHttpCache } from './simple-http-cache.ts'

/** Of the runtime: how large it may become. It counts for whoever comes first. */
const BYTES_KEY = 'nuncio.simple_http_cache.max_bytes'
const BYTES = 64 * 1024 * 1024
const FEWEST_BYTES = 64 * 1024
const MOST_BYTES = 16 * 1024 * 1024 * 1024
const ENTRIES = 32_768

export class ThreadSimpleCache {
  #cache: HttpCache | undefined = undefined

  open({ shared, runtime, random }: FactoryContext): HttpCache {
    if (this.#cache !== undefined) return this.#cache
    const wanted = runtime.current.integer(BYTES_KEY, BYTES)
    const bytes = Math.min(Math.max(wanted, FEWEST_BYTES), MOST_BYTES)
    this.#cache = SimpleHttpCache.open(shared, { bytes, entries: ENTRIES }, random.u32()) ?? NO_CACHE
    return this.#cache
  }
}

/** The system has no memory for one: every look misses. */
const NO_CACHE: HttpCache = {
  maxBodyBytes: 0,
  get: () => undefined,
  put: () => undefined,
  replaceHead: () => undefined,
}
