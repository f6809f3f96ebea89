/**
 * The clusters of the process, on the main thread (Envoy's ClusterManagerImpl): makes them, waits for their first hosts,
 * keeps these up to date and tells every thread.
 */
import type { Message } from '../api/config.ts'
import type { Dispatcher, Random, Timer } from '../api/event.ts'
import type { LocalInfo } from '../api/extension.ts'
import type { LogComponent, Logger } from '../api/log.ts'
import type { Runtime } from '../api/runtime.ts'
import type { Scope } from '../api/stats.ts'
import type { ClusterView } from '../api/upstream.ts'
import type { SharedCounterAllocator } from '../stats/shared-counters.ts'
import type { ClusterConfig } from './cluster-config.ts'
import type { DnsResolverSettings } from './config/dns-settings.ts'
import type { DnsResolver } from './dns/dns-resolver.ts'
import { LogicalDnsDiscovery } from './dns/logical-dns-discovery.ts'
import { StrictDnsDiscovery } from './dns/strict-dns-discovery.ts'
import { SystemDnsResolver } from './dns/system-dns-resolver.ts'
import { DnsStats } from './dns/dns-stats.ts'
import type { ClusterStatus } from './manager/cluster-status.ts'
import { clusterStatus } from './manager/cluster-status.ts'
import type { Discovery } from './manager/discovery.ts'
import { MainCluster } from './manager/main-cluster.ts'
import { StaticDiscovery } from './manager/static-discovery.ts'
import { ClusterManagerStats } from './manager/cluster-manager-stats.ts'
import type { ClusterOrder } from './thread-clusters.ts'
import { ThreadClusters } from './thread-clusters.ts'

export interface ClusterManagerDeps {
  readonly dispatcher: Dispatcher
  readonly scope: Scope
  readonly runtime: Runtime
  readonly random: Random
  readonly localInfo: LocalInfo
  logger(component: LogComponent): Logger
  readonly shared: SharedCounterAllocator
  /** To every worker that exists; one that comes later gets `ordersForNewWorker`. */
  broadcast(order: ClusterOrder): unknown
  /** Tests answer for themselves. */
  createResolver?(settings: DnsResolverSettings): DnsResolver
}

/** A few milliseconds of work at a time. */
const SHOW_INTERVAL_MS = 100
const SHOWN_AT_ONCE = 20

interface Managed {
  readonly cluster: MainCluster
  readonly discovery: Discovery
}

export class ClusterManager {
  /** The main thread's own clusters. */
  readonly view: ClusterView
  readonly #deps: ClusterManagerDeps
  readonly #ownClusters: ThreadClusters
  readonly #stats: ClusterManagerStats
  readonly #clusters = new Map<string, Managed>()
  readonly #resolvers = new Map<string, DnsResolver>()
  readonly #waiting: (() => void)[] = []
  readonly #uninitialised = new Set<string>()
  /** Clusters whose names are still to be created. */
  #unshown: MainCluster[] = []
  #showTimer: Timer | undefined = undefined
  #dnsStats: DnsStats | undefined = undefined
  #hostIds = 0
  #started = false
  #initialised = false

  constructor(deps: ClusterManagerDeps) {
    this.#deps = deps
    this.#stats = new ClusterManagerStats(deps.scope)
    this.#ownClusters = new ThreadClusters({
      dispatcher: deps.dispatcher,
      scope: deps.scope,
      runtime: deps.runtime,
      random: deps.random,
      threadName: 'main_thread',
      logger: (component) => deps.logger(component),
    })
    this.view = this.#ownClusters
  }

  /** Makes the clusters of the bootstrap; `messages` are theirs, in the same order. */
  addStaticClusters(configs: readonly ClusterConfig[], messages: readonly Message[]): void {
    configs.forEach((config, index) => this.#add(config, messages[index] ?? {}))
    this.#stats.clusterAdded.add(configs.length)
    this.#stats.activeClusters.set(this.#clusters.size)
  }

  /** Begins discovery. Before or after `onInitialized`. */
  start(): void {
    this.#started = true
    // All are primary clusters, as discovery needs none of the others here; none is secondary.
    const names = [...this.#clusters.keys()]
    for (const name of names) this.#uninitialised.add(name)
    for (const { cluster, discovery } of this.#clusters.values()) {
      const ready = () => this.#onReady(cluster)
      if (!cluster.config.waitForWarmOnInit) ready()
      discovery.start(ready)
    }
    // Few are not worth putting off.
    if (this.#unshown.length <= SHOWN_AT_ONCE) this.showStats()
    this.#checkInitialised()
  }

  /** Calls back once every cluster has heard of its hosts for the first time, at once when that is so already. */
  onInitialized(callback: () => void): void {
    if (this.#initialised) callback()
    else this.#waiting.push(callback)
  }

  /** In the order in which a worker that starts now has to take them. */
  ordersForNewWorker(): readonly ClusterOrder[] {
    return [...this.#clusters.values()].flatMap(({ cluster }) => cluster.orders())
  }

  /** Active and warming ones. */
  names(): ReadonlySet<string> {
    return new Set(this.#clusters.keys())
  }

  /** For /clusters. */
  status(): readonly ClusterStatus[] {
    return [...this.#clusters.values()].map(({ cluster }) => clusterStatus(cluster, this.#deps.runtime.current))
  }

  /** For /config_dump. */
  staticClusters(): readonly { readonly message: Message; readonly lastUpdatedMs: number }[] {
    return [...this.#clusters.values()].map(({ cluster: { message, lastUpdatedMs } }) => ({ message, lastUpdatedMs }))
  }

  /**
   * Creates every name that a cluster may count under. Call before statistics are shown or flushed; without a call it
   * happens bit by bit after the start.
   */
  showStats(): void {
    for (const cluster of this.#unshown.splice(0)) cluster.showStats()
  }

  close(): void {
    this.#showTimer?.disable()
    for (const { discovery } of this.#clusters.values()) discovery.close()
  }

  #add(config: ClusterConfig, message: Message): void {
    const deps = this.#deps
    const cluster = new MainCluster(config, message, deps.dispatcher.wallNow, {
      scope: deps.scope,
      runtime: deps.runtime,
      shared: deps.shared,
      nextHostId: () => ++this.#hostIds,
      send: (order) => this.#send(order),
      onUpdated: () => this.#stats.clusterUpdated.inc(),
    })
    this.#clusters.set(config.name, { cluster, discovery: this.#createDiscovery(cluster) })
    this.#unshown.push(cluster)
  }

  #send(order: ClusterOrder): void {
    this.#ownClusters.apply(order)
    this.#deps.broadcast(order)
  }

  #createDiscovery(cluster: MainCluster): Discovery {
    const { discovery, dns } = cluster.config
    if (discovery === 'STATIC') return new StaticDiscovery(cluster)
    const { dispatcher, random } = this.#deps
    const deps = { dispatcher, random, resolver: this.#resolverFor(dns.resolver) }
    return discovery === 'STRICT_DNS' ? new StrictDnsDiscovery(cluster, deps) : new LogicalDnsDiscovery(cluster, deps)
  }

  /** Clusters that ask alike share a resolver. */
  #resolverFor(settings: DnsResolverSettings): DnsResolver {
    const key = JSON.stringify(settings)
    let resolver = this.#resolvers.get(key)
    if (resolver === undefined) {
      this.#dnsStats ??= new DnsStats(this.#deps.scope)
      resolver = this.#deps.createResolver?.(settings) ?? new SystemDnsResolver(settings, this.#dnsStats)
      this.#resolvers.set(key, resolver)
    }
    return resolver
  }

  #onReady(cluster: MainCluster): void {
    if (cluster.initialised) return
    cluster.initialise()
    this.#uninitialised.delete(cluster.config.name)
    this.#checkInitialised()
  }

  #checkInitialised(): void {
    if (!this.#started || this.#initialised || this.#uninitialised.size > 0) return
    this.#initialised = true
    const source = 'source/common/upstream/cluster_manager_impl.cc:251'
    this.#deps.logger('upstream').info(source, 'cm init: all clusters initialized')
    for (const callback of this.#waiting.splice(0)) callback()
    if (this.#unshown.length === 0) return
    this.#showTimer = this.#deps.dispatcher.timer(() => this.#showSome())
    this.#showTimer.enable(SHOW_INTERVAL_MS)
  }

  #showSome(): void {
    for (const cluster of this.#unshown.splice(0, SHOWN_AT_ONCE)) cluster.showStats()
    if (this.#unshown.length > 0) this.#showTimer?.enable(SHOW_INTERVAL_MS)
  }
}
