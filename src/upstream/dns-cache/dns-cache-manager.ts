/** The DNS caches of the process, on the main thread. A cache lives as long as the process, as with Envoy. */
import type { Dispatcher, Random } from '../../api/event.ts'
import type { LogComponent, Logger } from '../../api/log.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { Scope } from '../../api/stats.ts'
import type { SharedStates } from '../../base/shared-states.ts'
import type { SharedCounterAllocator } from '../../stats/shared-counters.ts'
import type { DnsResolvers } from '../dns/dns-resolvers.ts'
import { RetiredCounters } from '../manager/retired-counters.ts'
import { DnsCache } from './dns-cache.ts'
import type { DnsCacheConfig } from './dns-cache-config.ts'
import type { DnsCacheConfigs } from './dns-cache-configs.ts'
import type { DnsCacheOrder, DnsLoadRequest } from './dns-cache-order.ts'
import { createDnsCacheStats, dnsCacheScope } from './dns-cache-stats.ts'
import { claimCacheNumbers } from './shared-numbers.ts'
import { PersistentHosts } from './persistent-hosts.ts'
import { PendingRequests } from './pending-requests.ts'

export interface DnsCacheManagerDeps {
  readonly dispatcher: Dispatcher
  readonly random: Random
  readonly scope: Scope
  readonly runtime: Runtime
  readonly resolvers: DnsResolvers
  readonly shared: SharedCounterAllocator
  readonly states: SharedStates
  logger(component: LogComponent): Logger
  /** To every thread, this one included. */
  send(order: DnsCacheOrder): void
}

export class DnsCacheManager {
  readonly #deps: DnsCacheManagerDeps
  readonly #retired: RetiredCounters
  readonly #caches = new Map<string, DnsCache>()

  /** `configs`: what users of caches have announced, and will announce. */
  constructor(configs: DnsCacheConfigs, deps: DnsCacheManagerDeps) {
    this.#deps = deps
    this.#retired = new RetiredCounters(deps)
    configs.observe((config) => this.#create(config))
  }

  get(name: string): DnsCache | undefined {
    return this.#caches.get(name)
  }

  /** What a thread asks for. */
  load({ cache, host, port, refresh }: DnsLoadRequest): void {
    this.#caches.get(cache)?.load(host, port, refresh)
  }

  close(): void {
    for (const cache of this.#caches.values()) cache.close()
  }

  #create(config: DnsCacheConfig): void {
    const { dispatcher, random, runtime, shared, states, resolvers } = this.#deps
    const scope = dnsCacheScope(this.#deps.scope, config.name)
    const numbers = claimCacheNumbers(states, config.name)
    new PendingRequests(config, { scope, runtime, numbers }).showRemaining()
    const cache = new DnsCache(config, {
      dispatcher,
      random,
      resolver: resolvers.get(config.resolver),
      stats: createDnsCacheStats(scope),
      shared,
      numbers,
      persistent: this.#openPersistent(config),
      retire: (block) => this.#retired.retire(block),
      send: (order) => this.#deps.send(order),
    })
    this.#caches.set(config.name, cache)
  }

  #openPersistent({ openStore }: DnsCacheConfig): PersistentHosts | undefined {
    if (openStore === undefined) return undefined
    const { dispatcher } = this.#deps
    const store = openStore({ dispatcher, logger: this.#deps.logger('key_value_store') })
    return new PersistentHosts({ store, logger: this.#deps.logger('forward_proxy'), clock: dispatcher })
  }
}
