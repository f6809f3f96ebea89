/** The DNS caches of one thread. */
import type { DnsCaches, DnsCacheSettings } from '../../api/dns-cache.ts'
import type { Scope } from '../../api/stats.ts'
import type { SharedStates } from '../../base/shared-states.ts'
import type { SharedBlock } from '../../stats/shared-counters.ts'
import type { CachedHostInfo, DnsCacheOrder } from './dns-cache-order.ts'
import { dnsCacheScope } from './dns-cache-stats.ts'
import { claimCacheNumbers } from './shared-numbers.ts'
import type { ThreadDnsCacheDeps } from './thread-dns-cache.ts'
import { ThreadDnsCache } from './thread-dns-cache.ts'

export interface ThreadDnsCachesDeps extends Omit<ThreadDnsCacheDeps, 'scope' | 'numbers'> {
  readonly scope: Scope
  readonly shared: SharedStates
}

export class ThreadDnsCaches implements DnsCaches {
  readonly #deps: ThreadDnsCachesDeps
  readonly #caches = new Map<string, ThreadDnsCache>()
  /** What was told of caches that nobody here uses yet. */
  readonly #early = new Map<string, Map<string, EarlyHost>>()

  constructor(deps: ThreadDnsCachesDeps) {
    this.#deps = deps
  }

  get(settings: DnsCacheSettings): ThreadDnsCache {
    const { name } = settings
    const known = this.#caches.get(name)
    if (known !== undefined) return known
    const cache = new ThreadDnsCache(settings, {
      ...this.#deps,
      ask: (request) => this.#deps.ask(request),
      scope: dnsCacheScope(this.#deps.scope, name),
      numbers: claimCacheNumbers(this.#deps.shared, name),
    })
    for (const [host, { info, block }] of this.#early.get(name) ?? []) cache.set(host, info, block)
    this.#early.delete(name)
    this.#caches.set(name, cache)
    return cache
  }

  apply(order: DnsCacheOrder): void {
    const cache = this.#caches.get(order.cache)
    if (order.kind === 'dns.host-remove') {
      cache?.delete(order.host)
      this.#early.get(order.cache)?.delete(order.host)
      return
    }
    // Written by the main thread's cache.
    const info = JSON.parse(order.info) as CachedHostInfo
    const block = order.shared as SharedBlock
    if (cache !== undefined) return cache.set(order.host, info, block)
    const early = this.#early.get(order.cache)
    if (early === undefined) this.#early.set(order.cache, new Map([[order.host, { info, block }]]))
    else early.set(order.host, { info, block })
  }
}

interface EarlyHost {
  readonly info: CachedHostInfo
  readonly block: SharedBlock
}
