/** How a cluster finds its hosts, by its type. */
import type { Dispatcher, Random } from '../../api/event.ts'
import type { LogComponent, Logger } from '../../api/log.ts'
import type { Scope } from '../../api/stats.ts'
import type { SubscriptionFactory } from '../../api/subscription.ts'
import { connectTo } from '../../network/client-connection.ts'
import type { EdsSettings } from '../cluster-config.ts'
import type { DynamicForwardProxyConfig } from '../config/dynamic-forward-proxy.ts'
import type { DnsCacheManager } from '../dns-cache/dns-cache-manager.ts'
import type { SubClustersDeps } from '../dynamic-forward-proxy/sub-clusters.ts'
import { SubClusterDiscovery } from '../dynamic-forward-proxy/sub-clusters.ts'
import { DynamicForwardProxyDiscovery } from '../dynamic-forward-proxy/dynamic-forward-proxy-discovery.ts'
import { DnsResolvers } from '../dns/dns-resolvers.ts'
import { LogicalDnsDiscovery } from '../dns/logical-dns-discovery.ts'
import { StrictDnsDiscovery } from '../dns/strict-dns-discovery.ts'
import { OriginalDstDiscovery } from '../original-dst/original-dst-discovery.ts'
import type { Discovery } from './discovery.ts'
import { EdsDiscovery } from './eds-discovery.ts'
import type { MainCluster } from './main-cluster.ts'
import { StaticDiscovery } from './static-discovery.ts'

export interface DiscoveryFactoryDeps {
  readonly dispatcher: Dispatcher
  readonly scope: Scope
  readonly random: Random
  logger(component: LogComponent): Logger
  /** Without, there are no clusters of type EDS. */
  readonly subscriptions?: SubscriptionFactory
  /** The cluster that this proxy belongs to; '': nobody said. */
  readonly localClusterName?: string
  /** --allow-unsupported-fields, for resources that come later. */
  readonly allowUnsupported?: boolean
  readonly resolvers?: DnsResolvers
  /** Without, there are no dynamic forward proxy clusters. */
  readonly dnsCacheManager?: Pick<DnsCacheManager, 'get'>
}

export type CreatedDiscovery =
  | { readonly ok: true; readonly discovery: Discovery }
  | { readonly ok: false; readonly message: string }

export class DiscoveryFactory {
  readonly #deps: DiscoveryFactoryDeps & { readonly subClusters: SubClustersDeps }
  readonly #resolvers: DnsResolvers

  /** `subClusters`: for clusters that make others. */
  constructor(deps: DiscoveryFactoryDeps & { readonly subClusters: SubClustersDeps }) {
    this.#deps = deps
    const { scope, dispatcher, random } = deps
    this.#resolvers = deps.resolvers ?? new DnsResolvers(scope, { dispatcher, connect: connectTo, random })
  }

  create(cluster: MainCluster): CreatedDiscovery {
    const { discovery, dns, eds, dynamicForwardProxy } = cluster.config
    if (eds !== undefined) return this.#createEds(cluster, eds)
    if (discovery === 'ORIGINAL_DST') return { ok: true, discovery: new OriginalDstDiscovery(cluster, this.#deps) }
    if (dynamicForwardProxy !== undefined) return this.#createDynamicForwardProxy(cluster, dynamicForwardProxy)
    if (!discovery.endsWith('_DNS')) return { ok: true, discovery: new StaticDiscovery(cluster) }
    const { dispatcher, random } = this.#deps
    const deps = { dispatcher, random, resolver: this.#resolvers.get(dns.resolver) }
    const Kind = discovery === 'STRICT_DNS' ? StrictDnsDiscovery : LogicalDnsDiscovery
    return { ok: true, discovery: new Kind(cluster, deps) }
  }

  #createDynamicForwardProxy(cluster: MainCluster, config: DynamicForwardProxyConfig): CreatedDiscovery {
    const { cache, subClusters } = config
    if (subClusters !== undefined) {
      return {
        ok: true,
        discovery: new SubClusterDiscovery(cluster.message.value, subClusters, this.#deps.subClusters),
      }
    }
    const known = this.#deps.dnsCacheManager?.get(cache.name)
    if (known === undefined) return { ok: false, message: `there is no DNS cache ${cache.name}` }
    return { ok: true, discovery: new DynamicForwardProxyDiscovery(cluster, known) }
  }

  #createEds(cluster: MainCluster, settings: EdsSettings): CreatedDiscovery {
    const { dispatcher, subscriptions, allowUnsupported = false, scope } = this.#deps
    if (subscriptions === undefined) return { ok: false, message: `nobody subscribes for ${settings.serviceName}` }
    const own = scope.scope('cluster').scope(cluster.config.observabilityName)
    const logger = this.#deps.logger('upstream')
    const isLocalCluster = cluster.config.name === this.#deps.localClusterName
    const deps = { dispatcher, subscriptions, allowUnsupported, scope: own, logger, isLocalCluster }
    const eds = new EdsDiscovery(cluster, settings, deps)
    const subscribed = eds.subscribe()
    return subscribed.ok ? { ok: true, discovery: eds } : subscribed
  }
}
