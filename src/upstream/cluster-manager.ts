/**
 * The clusters of the process, on the main thread (Envoy's ClusterManagerImpl): makes them, waits for their first hosts,
 * keeps these up to date and tells every thread.
 */
import type { Message, Parsed } from '../api/config.ts'
import type { DnsCaches } from '../api/dns-cache.ts'
import type { IpAddress } from '../api/network.ts'
import type { ClusterView } from '../api/upstream.ts'
import type { ClusterOrder } from '../api/worker.ts'
import type { InitTarget } from '../base/init-manager.ts'
import { criticalText } from '../config/report/critical-text.ts'
import type { SharedBlock } from '../stats/shared-counters.ts'
import type { HostsSource } from './announced-hosts.ts'
import type { ClusterConfig } from './cluster-config.ts'
import type { ClusterFactoryDeps } from './manager/cluster-factory.ts'
import { ClusterFactory } from './manager/cluster-factory.ts'
import { ClusterManagerStats } from './manager/cluster-manager-stats.ts'
import { ClusterOrders } from './manager/cluster-orders.ts'
import type { ClusterStatNamesDeps } from './manager/cluster-stat-names.ts'
import { ClusterStatNames } from './manager/cluster-stat-names.ts'
import type { ClusterStatus } from './manager/cluster-status.ts'
import { clusterStatus } from './manager/cluster-status.ts'
import { ClusterManagerInitHelper } from './manager/init-helper.ts'
import type { ClusterOrigin, MainCluster } from './manager/main-cluster.ts'
import type { ManagedCluster } from './manager/managed-cluster.ts'
import type { HostReportKind } from './outlier-detection/host-monitor.ts'
import { ThreadClusters } from './thread-clusters.ts'

export interface ClusterManagerDeps extends ClusterFactoryDeps, ClusterStatNamesDeps {
  /** As this thread sees them. */
  readonly dnsCaches?: DnsCaches
  /** How many threads have clusters, this one included. */
  readonly threads?: number
  /** To every worker that exists; one that comes later gets `ordersForNewWorker`. What it returns is awaited. */
  broadcast(orders: readonly ClusterOrder[]): unknown
  /** Clusters that other clusters make. */
  parseCluster(message: Message): Parsed<ClusterConfig>
  /** A control plane has added, changed or removed one. */
  onUpdated?(): void
}

/** `changed`: false when there was nothing to do. */
export type AddClusterResult =
  | { readonly ok: true; readonly changed: boolean }
  | { readonly ok: false; readonly message: string }

export class ClusterManager {
  /** The main thread's own clusters. */
  readonly view: ClusterView
  readonly #deps: ClusterManagerDeps
  readonly #ownClusters: ThreadClusters
  readonly #orders: ClusterOrders
  readonly #stats: ClusterManagerStats
  readonly #active = new Map<string, ManagedCluster>()
  readonly #warming = new Map<string, ManagedCluster>()
  readonly #factory: ClusterFactory
  readonly #initHelper: ClusterManagerInitHelper
  readonly #statNames: ClusterStatNames

  constructor(deps: ClusterManagerDeps) {
    this.#deps = deps
    this.#orders = new ClusterOrders((orders) => deps.broadcast(orders))
    this.#stats = new ClusterManagerStats(deps.scope)
    this.#statNames = new ClusterStatNames(deps)
    const subClusters = {
      dispatcher: deps.dispatcher,
      shared: deps.shared,
      add: (message: Message, lastUsed: SharedBlock) => this.#addSubCluster(message, lastUsed),
      remove: (name: string) => this.removeCluster(name),
      refuse: (name: string) => this.#send({ kind: 'cluster.refused', name }),
    }
    this.#factory = new ClusterFactory(deps, {
      stats: this.#stats,
      statNames: this.#statNames,
      subClusters,
      send: (order, hosts) => this.#send(order, hosts),
    })
    this.#initHelper = new ClusterManagerInitHelper(deps.logger('upstream'))
    this.#ownClusters = new ThreadClusters({
      dispatcher: deps.dispatcher,
      scope: deps.scope,
      runtime: deps.runtime,
      random: deps.random,
      ...(deps.dnsCaches === undefined ? {} : { dnsCaches: deps.dnsCaches }),
      threadName: 'main_thread',
      reportsThreads: deps.threads,
      locality: deps.locality,
      localClusterName: deps.localClusterName ?? '',
      logger: (component) => deps.logger(component),
      report: (cluster, host, kind) => this.onHostReport(cluster, host, kind),
      found: (cluster, address, token) => this.onHostFound(cluster, address, token),
      wantSubCluster: (cluster, host, port) => this.onSubClusterWanted(cluster, host, port),
    })
    this.view = this.#ownClusters
  }

  /** Makes the clusters of the bootstrap; `messages` are theirs, in the same order. What went wrong, if anything. */
  addStaticClusters(configs: readonly ClusterConfig[], messages: readonly Message[]): string | undefined {
    const origin = { addedViaApi: false, version: '', lastUpdatedMs: this.#deps.dispatcher.wallNow }
    const made: [name: string, managed: ManagedCluster][] = []
    for (const [index, config] of configs.entries()) {
      const result = this.#factory.create(config, messages[index] ?? {}, origin)
      if (!result.ok) return result.message
      made.push([config.name, result.managed])
    }
    // They begin in the order of their names, as in Envoy: those before the local cluster reckon their zones once more later.
    for (const [name, managed] of made.sort(([a], [b]) => (a < b ? -1 : 1))) this.#active.set(name, managed)
    this.#stats.clusterAdded.add(configs.length)
    this.#showCounts()
    return undefined
  }

  /** Begins discovery. Before or after `onInitialized`. `cds` begins once all others have heard of their hosts. */
  start(cds?: InitTarget): void {
    this.#initHelper.start(this.#active.keys(), cds)
    const all = [...this.#active.values()]
    this.together(() => all.forEach((managed) => this.#begin(managed)))
    this.#initHelper.check()
  }

  /** A cluster that a control plane sent. It serves, in place of what it replaces, once it knows its hosts. */
  addOrUpdateCluster(
    config: ClusterConfig,
    message: Message,
    version: string,
    more: Pick<ClusterOrigin, 'lastUsed'> = {},
  ): AddClusterResult {
    const { name } = config
    const active = this.#active.get(name)
    const previous = this.#latest(name)
    if (isKept(previous, message)) return { ok: true, changed: false }
    this.countUpdate(name)
    const origin = { addedViaApi: true, version, lastUpdatedMs: this.#deps.dispatcher.wallNow, ...more }
    const made = this.#factory.create(config, message, origin)
    if (!made.ok) return made
    const { managed } = made
    this.#end(this.#warming.get(name))
    if (this.#initHelper.done) {
      this.#warming.set(name, managed)
      managed.cluster.stats.warming_state.set(1)
    } else {
      this.#end(active)
      this.#active.set(name, managed)
      this.#initHelper.add(name)
    }
    this.#showCounts()
    this.#begin(managed)
    this.#deps.onUpdated?.()
    return { ok: true, changed: true }
  }

  /** Workers hear of all that `work` changes at once. It does not wait for anything. */
  together<T>(work: () => T): T {
    return this.#orders.together(work)
  }

  /** It came like this before, and was taken. */
  keeps(name: string, message: Message): boolean {
    const known = this.#latest(name)
    return known?.cluster.origin.addedViaApi === true && isKept(known, message)
  }

  #latest(name: string): ManagedCluster | undefined {
    return this.#warming.get(name) ?? this.#active.get(name)
  }

  /** An update is counted before it is known to work out, as Envoy does; by `addOrUpdateCluster` itself. */
  countUpdate(name: string): void {
    if (this.#active.has(name) || this.#warming.has(name)) this.#stats.clusterModified.inc()
    else this.#stats.clusterAdded.inc()
  }

  /** False: there is none of this name that a control plane sent. */
  removeCluster(name: string): boolean {
    const active = this.#active.get(name)
    const warming = this.#warming.get(name)
    const known = warming ?? active
    if (known?.cluster.origin.addedViaApi !== true) return false
    this.#end(warming)
    this.#end(active)
    this.#warming.delete(name)
    this.#active.delete(name)
    this.#stats.clusterRemoved.inc()
    this.#showCounts()
    this.#sendRemoval(known.cluster)
    if (warming !== undefined && active !== undefined) this.#forgetStats(active.cluster)
    this.#initHelper.remove(name)
    this.#deps.onUpdated?.()
    return true
  }

  /** Calls back once every cluster has heard of its hosts for the first time, at once when that is so already. */
  onInitialized(callback: () => void): void {
    this.#initHelper.whenDone(callback)
  }

  /** A thread saw what a host monitor has to tell. */
  onHostReport(cluster: string, host: number, kind: HostReportKind): void {
    this.#active.get(cluster)?.cluster.health.report(host, kind)
  }

  /** A thread has made a host that it needs, and knows it by `token`. */
  onHostFound(cluster: string, address: IpAddress, token: string): void {
    this.#active.get(cluster)?.discovery.onHostFound?.(address, token)
  }

  /** A thread wants a sub cluster of `cluster`. */
  onSubClusterWanted(cluster: string, host: string, port: number): void {
    this.#active.get(cluster)?.discovery.onSubClusterWanted?.(host, port)
  }

  /** In the order in which a worker that starts now has to take them. */
  ordersForNewWorker(): readonly ClusterOrder[] {
    return [...this.#active.values()].flatMap(({ cluster }) => cluster.orders())
  }

  /** Active and warming ones. */
  names(): ReadonlySet<string> {
    return new Set([...this.#active.keys(), ...this.#warming.keys()])
  }

  /** Without sub clusters, which come and go with the cluster that they belong to. */
  namesForControlPlane(): ReadonlySet<string> {
    const all = [...this.#active, ...this.#warming]
    return new Set(all.flatMap(([name, { cluster }]) => (cluster.origin.lastUsed === undefined ? [name] : [])))
  }

  /** For /clusters. */
  status(): readonly ClusterStatus[] {
    return [...this.#active.values()].map(({ cluster }) => clusterStatus(cluster))
  }

  /** Those whose hosts are shown with the statistics. */
  statusPerEndpoint(): readonly ClusterStatus[] {
    const tracked = [...this.#active.values()].filter(({ cluster }) => cluster.config.track.perEndpoint)
    return tracked.map(({ cluster }) => clusterStatus(cluster))
  }

  /** For /config_dump. */
  active(): readonly MainCluster[] {
    return [...this.#active.values()].map(({ cluster }) => cluster)
  }

  warming(): readonly MainCluster[] {
    return [...this.#warming.values()].map(({ cluster }) => cluster)
  }

  /** Brings gauges up to date. Call before statistics are shown or flushed. */
  refreshStats(): void {
    for (const { cluster } of this.#active.values()) cluster.refreshStats()
    for (const { cluster } of this.#warming.values()) cluster.refreshStats()
  }

  close(): void {
    for (const managed of [...this.#active.values(), ...this.#warming.values()]) managed.close()
  }

  /** What it inherits is proved, so that only its host can be wrong: then whoever waits does so in vain. */
  #addSubCluster(message: Message, lastUsed: SharedBlock): void {
    const parsed = this.#deps.parseCluster(message)
    if (!parsed.ok) {
      const why = criticalText(parsed.errors, MOST_ERRORS)
      return this.#deps
        .logger('upstream')
        .warning(`${SUB_CLUSTERS}:124`, `${String(message['name'])} cannot be: ${why}`)
    }
    this.addOrUpdateCluster(parsed.value, message, '', { lastUsed })
  }

  #begin(managed: ManagedCluster): void {
    managed.begin(() => this.#onReady(managed.cluster))
  }

  #send(order: ClusterOrder, hosts?: HostsSource): void {
    this.#ownClusters.apply(order, hosts)
    // What other clusters have to report nobody waits for, so they can do without their balancers here.
    if (order.kind === 'hosts.set' && this.#reports(order.cluster)) this.#ownClusters.get(order.cluster)
    this.#orders.send(order)
  }

  #reports(name: string): boolean {
    // Whether and how to balance by zone.
    if ((this.#deps.localClusterName ?? '') !== '') return true
    const { lbPolicy } = (this.#active.get(name) ?? this.#warming.get(name))?.cluster.config ?? {}
    return lbPolicy !== undefined && REPORTING.has(lbPolicy.kind)
  }

  /** Statistics go as well, unless they are also below those of another cluster (`a` and `a.b`). */
  #sendRemoval({ config }: MainCluster): void {
    const names = this.#statNames
    const prefix = names.prefixOf(config)
    const forget = names.isUsed(prefix) ? '' : prefix
    const order: ClusterOrder = { kind: 'cluster.remove', name: config.name, forget }
    this.#ownClusters.apply(order)
    this.#orders.sendThen(order, () => names.forget(prefix))
  }

  /** It counts elsewhere by now, and nobody else where it did. */
  #forgetStats({ config }: MainCluster): void {
    const names = this.#statNames
    const prefix = names.prefixOf(config)
    if (names.isUsed(prefix)) return
    const order: ClusterOrder = { kind: 'stats.forget', prefix }
    this.#ownClusters.apply(order)
    this.#orders.sendThen(order, () => names.forget(prefix))
  }

  #onReady(cluster: MainCluster): void {
    if (cluster.initialised) return
    const { name } = cluster.config
    const warming = this.#warming.get(name)
    const replaced = this.#active.get(name)?.cluster
    if (warming?.cluster === cluster) this.#activate(name, warming)
    cluster.initialise()
    if (replaced !== undefined) this.#forgetStats(replaced)
    this.#initHelper.remove(name)
  }

  #activate(name: string, warmed: ManagedCluster): void {
    this.#end(this.#active.get(name))
    this.#warming.delete(name)
    this.#active.set(name, warmed)
    warmed.cluster.stats.warming_state.set(0)
    this.#showCounts()
  }

  /** Removed or replaced. */
  #end(managed: ManagedCluster | undefined): void {
    if (managed !== undefined) this.#factory.retire(managed)
  }

  #showCounts(): void {
    this.#stats.activeClusters.set(this.#active.size)
    this.#stats.warmingClusters.set(this.#warming.size)
  }
}

const MOST_ERRORS = 3
const SUB_CLUSTERS = 'source/extensions/filters/http/dynamic_forward_proxy/proxy_filter.cc'
const REPORTING: ReadonlySet<string> = new Set(['ring_hash', 'maglev', 'subset', 'load_aware_locality'])

function isKept(known: ManagedCluster | undefined, message: Message): boolean {
  if (known === undefined) return false
  return !known.cluster.origin.addedViaApi || known.cluster.message.equals(message)
}
