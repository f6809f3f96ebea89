/**
 * The clusters of the process, on the main thread (Envoy's ClusterManagerImpl): makes them, waits for their first hosts,
 * keeps these up to date and tells every thread.
 */
import type { AccessLogFile, AccessLogFiles } from '../api/access-log.ts'
import type { Message, Parsed } from '../api/config.ts'
import type { AcquiredDiscoveries, Discoveries, DiscoveryUse } from '../api/discovery.ts'
import type { DnsCaches } from '../api/dns-cache.ts'
import type { IpAddress } from '../api/network.ts'
import type { Runtime } from '../api/runtime.ts'
import type { Scope } from '../api/stats.ts'
import type { ClusterView, Locality } from '../api/upstream.ts'
import { criticalText } from '../config/report/critical-text.ts'
import { connectTo } from '../network/client-connection.ts'
import type { AnnouncedNames } from '../stats/announced-names.ts'
import type { SharedBlock, SharedCounterAllocator } from '../stats/shared-counters.ts'
import type { AcceptsStat } from '../stats/stats-matchers.ts'
import type { InitTarget } from '../base/init-manager.ts'
import { InitManager } from '../base/init-manager.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { ClusterNames } from './manager/cluster-names.ts'
import { ClusterManagerStats } from './manager/cluster-manager-stats.ts'
import type { ClusterStatus } from './manager/cluster-status.ts'
import { clusterStatus } from './manager/cluster-status.ts'
import type { Discovery } from './manager/discovery.ts'
import type { DiscoveryFactoryDeps } from './manager/discovery-factory.ts'
import { DiscoveryFactory } from './manager/discovery-factory.ts'
import { ClusterManagerInitHelper } from './manager/init-helper.ts'
import type { ClusterOrigin } from './manager/main-cluster.ts'
import { MainCluster } from './manager/main-cluster.ts'
import { RetiredCounters } from './manager/retired-counters.ts'
import { StatPrefixes } from './manager/stat-prefixes.ts'
import type { HostReportKind } from './outlier-detection/host-monitor.ts'
import type { TransportConfig } from './transport/transport-config.ts'
import type { Transports } from './transport/transports.ts'
import type { Connect } from './pool/upstream-connection.ts'
import type { ClusterOrder } from './thread-clusters.ts'
import { ThreadClusters } from './thread-clusters.ts'

export interface ClusterManagerDeps extends DiscoveryFactoryDeps {
  readonly runtime: Runtime
  /** Where this proxy is, as its node says; undefined: it does not. */
  readonly locality?: Locality | undefined
  readonly shared: SharedCounterAllocator
  /** As this thread sees them. */
  readonly dnsCaches?: DnsCaches
  /** How many threads have clusters, this one included. */
  readonly threads?: number
  /** To every worker that exists; one that comes later gets `ordersForNewWorker`. What it returns is awaited. */
  broadcast(order: ClusterOrder): unknown
  /** Statistics below a prefix, once no worker has them any more. */
  forgetStats?(prefix: string): void
  /** Names to list below a prefix though nobody has counted. */
  announceStats?(prefix: string, names: AnnouncedNames): void
  /** Which statistics below a prefix are to be seen; undefined: as elsewhere. */
  matchStats?(prefix: string, accepts: AcceptsStat | undefined): void
  /** Where events of health checks go; without, nowhere. */
  readonly files?: AccessLogFiles
  /** Where ejections of hosts are written down. */
  readonly outlierLog?: AccessLogFile | undefined
  /** The transport sockets of health checks. */
  readonly transports?: (config: TransportConfig, scope: Scope) => Transports
  /** Needed for clusters with parts that come from elsewhere. */
  readonly discoveries?: Discoveries
  /** Clusters that other clusters make. */
  parseCluster(message: Message): Parsed<ClusterConfig>
  /** Tests put their own here. */
  readonly connect?: Connect
}

interface Managed {
  readonly cluster: MainCluster
  readonly discovery: Discovery
  /** What two versions are compared by. */
  readonly text: string
  /** What it holds of its parts that come from elsewhere. */
  readonly uses: readonly DiscoveryUse[]
  /** Waits for them. */
  readonly initManager: InitManager
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
  readonly #stats: ClusterManagerStats
  readonly #retired: RetiredCounters
  readonly #active = new Map<string, Managed>()
  readonly #warming = new Map<string, Managed>()
  readonly #discoveries: DiscoveryFactory
  readonly #initHelper: ClusterManagerInitHelper
  readonly #names = new ClusterNames()
  readonly #statPrefixes = new StatPrefixes()
  #hostIds = 0

  constructor(deps: ClusterManagerDeps) {
    this.#deps = deps
    this.#stats = new ClusterManagerStats(deps.scope)
    this.#retired = new RetiredCounters(deps)
    const subClusters = {
      dispatcher: deps.dispatcher,
      shared: deps.shared,
      add: (message: Message, lastUsed: SharedBlock) => this.#addSubCluster(message, lastUsed),
      remove: (name: string) => this.removeCluster(name),
      refuse: (name: string) => this.#send({ kind: 'cluster.refused', name }),
    }
    this.#discoveries = new DiscoveryFactory({ ...deps, subClusters })
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
    for (const [index, config] of configs.entries()) {
      const made = this.#create(config, messages[index] ?? {}, origin)
      if (!made.ok) return made.message
      this.#active.set(config.name, made.managed)
    }
    this.#stats.clusterAdded.add(configs.length)
    this.#showCounts()
    return undefined
  }

  /** Begins discovery. Before or after `onInitialized`. `cds` begins once all others have heard of their hosts. */
  start(cds?: InitTarget): void {
    this.#initHelper.start(this.#active.keys(), cds)
    const all = [...this.#active.values()]
    for (const managed of all) this.#begin(managed)
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
    const made = this.#create(config, message, origin)
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
    return { ok: true, changed: true }
  }

  /** It came like this before, and was taken. */
  keeps(name: string, message: Message): boolean {
    const known = this.#latest(name)
    return known?.cluster.origin.addedViaApi === true && isKept(known, message)
  }

  #latest(name: string): Managed | undefined {
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
    this.#initHelper.remove(name)
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
    for (const { cluster, discovery } of [...this.#active.values(), ...this.#warming.values()]) {
      discovery.close()
      cluster.close()
    }
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

  #create(config: ClusterConfig, message: Message, origin: ClusterOrigin): CreatedCluster {
    const deps = this.#deps
    deps.matchStats?.(this.#statsPrefix(config), config.statsMatcher)
    const cluster = new MainCluster(config, message, origin, {
      scope: deps.scope,
      runtime: deps.runtime,
      shared: deps.shared,
      retired: this.#retired,
      wallNow: () => deps.dispatcher.wallNow,
      nextHostId: () => ++this.#hostIds,
      send: (order) => this.#send(order),
      managerStats: this.#stats,
      dispatcher: deps.dispatcher,
      random: deps.random,
      connect: deps.connect ?? connectTo,
      locality: deps.locality,
      transports: deps.transports,
      files: deps.files ?? NO_FILES,
      outlierLog: deps.outlierLog,
    })
    const discovered = this.#discoveries.create(cluster)
    if (!discovered.ok) return discovered
    const acquired = this.#acquire(config)
    if (!acquired.ok) return acquired
    this.#statPrefixes.add(this.#statsPrefix(config))
    cluster.stats.warming_state.set(0) // used from the start, as in Envoy
    deps.announceStats?.(this.#statsPrefix(config), this.#names.of(config.track))
    const initManager = new InitManager(`Cluster ${config.name}`)
    const { uses } = acquired
    for (const { target } of uses) initManager.add(target)
    const { discovery } = discovered
    return { ok: true, managed: { cluster, discovery, text: JSON.stringify(message), uses, initManager } }
  }

  #acquire({ discoveries }: ClusterConfig): AcquiredDiscoveries {
    const deps = this.#deps.discoveries
    if (discoveries.length === 0 || deps === undefined) return { ok: true, uses: [] }
    return deps.acquire(discoveries)
  }

  #begin({ cluster, discovery, initManager }: Managed): void {
    const ready = () => initManager.whenInitialized(() => this.#onReady(cluster))
    initManager.initialize(() => undefined)
    if (!cluster.config.waitForWarmOnInit) ready()
    discovery.start(() => cluster.health.whenWarm(ready))
  }

  #send(order: ClusterOrder): void {
    this.#ownClusters.apply(order)
    // What other clusters have to report nobody waits for, so they can do without their balancers here.
    if (order.kind === 'hosts.set' && this.#reports(order.cluster)) this.#ownClusters.get(order.cluster)
    this.#deps.broadcast(order)
  }

  #reports(name: string): boolean {
    // Whether and how to balance by zone.
    if ((this.#deps.localClusterName ?? '') !== '') return true
    const { lbPolicy } = (this.#active.get(name) ?? this.#warming.get(name))?.cluster.config ?? {}
    return lbPolicy !== undefined && REPORTING.has(lbPolicy.kind)
  }

  /** Statistics go as well, unless they are also below those of another cluster (`a` and `a.b`). */
  #sendRemoval({ config }: MainCluster): void {
    const forget = this.#statsPrefix(config)
    const isUsed = (): boolean => this.#statPrefixes.isUsed(forget)
    const order: ClusterOrder = { kind: 'cluster.remove', name: config.name, forget: isUsed() ? '' : forget }
    this.#ownClusters.apply(order)
    void Promise.resolve(this.#deps.broadcast(order)).then(() => {
      if (!isUsed()) this.#deps.forgetStats?.(forget)
    })
  }

  #statsPrefix({ observabilityName }: ClusterConfig): string {
    return this.#deps.scope.scope('cluster').scope(observabilityName).prefix
  }

  #onReady(cluster: MainCluster): void {
    if (cluster.initialised) return
    const { name } = cluster.config
    const warming = this.#warming.get(name)
    if (warming?.cluster === cluster) this.#activate(name, warming)
    cluster.initialise()
    this.#initHelper.remove(name)
  }

  #activate(name: string, warmed: Managed): void {
    this.#end(this.#active.get(name))
    this.#warming.delete(name)
    this.#active.set(name, warmed)
    warmed.cluster.stats.warming_state.set(0)
    this.#showCounts()
  }

  /** Removed or replaced. */
  #end(managed: Managed | undefined): void {
    if (managed === undefined) return
    managed.discovery.close()
    for (const use of managed.uses) use.release()
    managed.cluster.retire()
    this.#statPrefixes.remove(this.#statsPrefix(managed.cluster.config))
  }

  #showCounts(): void {
    this.#stats.activeClusters.set(this.#active.size)
    this.#stats.warmingClusters.set(this.#warming.size)
  }
}

const MOST_ERRORS = 3
const SUB_CLUSTERS = 'source/extensions/filters/http/dynamic_forward_proxy/proxy_filter.cc'
const NO_FILES: AccessLogFiles = { open: () => ({ error: 'no files here' }) }
const REPORTING: ReadonlySet<string> = new Set(['ring_hash', 'maglev', 'subset', 'load_aware_locality'])

type CreatedCluster =
  | { readonly ok: true; readonly managed: Managed }
  | { readonly ok: false; readonly message: string }

function isKept(known: Managed | undefined, message: Message): boolean {
  if (known === undefined) return false
  return !known.cluster.origin.addedViaApi || known.text === JSON.stringify(message)
}
