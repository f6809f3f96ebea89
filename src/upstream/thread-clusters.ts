/**
 * The clusters of one thread, as the main thread's orders describe them (Envoy's ThreadLocalClusterManagerImpl). A
 * cluster costs next to nothing here until a request asks for it.
 */
import type { DnsCaches } from '../api/dns-cache.ts'
import type { Dispatcher, Random } from '../api/event.ts'
import type { Message } from '../api/config.ts'
import type { LogComponent, Logger } from '../api/log.ts'
import type { IpAddress } from '../api/network.ts'
import type { LoadShedPoint } from '../api/overload.ts'
import type { Runtime } from '../api/runtime.ts'
import type { Gauge, Scope } from '../api/stats.ts'
import type { ClusterHttpPolicies, ClusterView, Locality, ThreadCluster } from '../api/upstream.ts'
import type { ClusterOrder } from '../api/worker.ts'
import { createHttp1ClientCodec, responseHeadReaders } from '../codec/http1/client-codec.ts'
import { connectTo } from '../network/client-connection.ts'
import { TextPool } from '../base/text-pool.ts'
import { SharedCounters } from '../stats/shared-counters.ts'
import { AggregateThreadCluster } from './aggregate/aggregate-thread-cluster.ts'
import type { EncodedHosts, HostsSource, HostsUpdate } from './announced-hosts.ts'
import { AnnouncedHosts, readHosts } from './announced-hosts.ts'
import type { AnnouncedCluster, ClusterEntry } from './cluster-entry.ts'
import { settingsOf } from './cluster-entry.ts'
import { http1ClientSettings } from './config/http1-client-settings.ts'
import { NO_DNS_CACHES } from './dns-cache/no-dns-caches.ts'
import { sharedMoment } from './dns-cache/shared-numbers.ts'
import { SubClustersThreadCluster } from './dynamic-forward-proxy/sub-clusters-thread-cluster.ts'
import { ThreadSubClusters } from './dynamic-forward-proxy/thread-sub-clusters.ts'
import { DynamicHostChoice } from './dynamic-forward-proxy/dynamic-host-choice.ts'
import type { CreateHostChoice } from './host-choice.ts'
import { HostPlacement } from './host-placement.ts'
import { LocalCluster } from './load-balancer/local-cluster.ts'
import type { OwnCluster } from './own-cluster.ts'
import type { HostReportKind } from './outlier-detection/host-monitor.ts'
import type { PriorityWeights } from './orca/locality-weights.ts'
import { ThreadLoad } from './pool/pool-load.ts'
import type { Connect } from './pool/upstream-connection.ts'
import type { Transports } from './transport/transports.ts'
import { PooledThreadCluster } from './thread-cluster.ts'
import type { ThreadClusterSettings, ThreadClusterShared } from './thread-settings.ts'

export interface ThreadClustersDeps {
  readonly dispatcher: Dispatcher
  readonly scope: Scope
  readonly runtime: Runtime
  readonly random: Random
  readonly dnsCaches?: DnsCaches
  /** The main thread is to make a sub cluster of `cluster`. */
  wantSubCluster?(cluster: string, host: string, port: number): void
  /** `worker_0`, `main_thread`. */
  readonly threadName: string
  /** The load shed point connection_pool_new_connection, where it is configured. */
  readonly shedConnection?: LoadShedPoint | undefined
  /** The main thread reports what balancers of all threads made, so many; undefined on others. */
  readonly reportsThreads?: number | undefined
  /** Where this proxy is, as its node says; undefined: it does not. */
  readonly locality?: Locality | undefined
  /** The cluster that this proxy belongs to; '': nobody said. */
  readonly localClusterName?: string
  logger(component: LogComponent): Logger
  /** Tells the main thread what a host monitor saw. */
  report?(cluster: string, host: number, kind: HostReportKind): void
  /** Parses `UpstreamHttpSettings.policies` again; `scope` is the cluster's. Without it clusters have none. */
  httpPolicies?(options: Message, scope: Scope): ClusterHttpPolicies
  /** Parses `ThreadClusterSettings.transport` again; `scope` is the cluster's. Without it bytes pass as they are. */
  transports?(fields: Message, scope: Scope): Transports
  /** Tells the main thread of a host that a request needs, known here by `token` until it answers. */
  found?(cluster: string, address: IpAddress, token: string): void
  /** Lets go of statistics below a prefix. */
  forgetStats?(prefix: string): void
  /** Tests put their own here. */
  readonly connect?: Connect
}

/** So many kinds of settings there may be for equal ones to be found. */
const MOST_RESOURCES = 1000

export class ThreadClusters implements ClusterView {
  readonly #deps: ThreadClustersDeps
  readonly #entries = new Map<string, ClusterEntry>()
  readonly #announced = new Map<string, AnnouncedCluster>()
  readonly #placement: HostPlacement
  readonly #load = new ThreadLoad()
  readonly #resources = new TextPool(MOST_RESOURCES)
  readonly #inflated: Gauge
  readonly #local: LocalCluster | undefined
  /** Of all clusters together, for those that are made of others. */
  #version = 0
  /** By the name of the cluster that they belong to. */
  readonly #subClusters = new Map<string, ThreadSubClusters>()
  /** Given to hosts that requests brought along. */
  #tokens = 0
  /** Who was asked for last: most requests of a thread go where the one before went. */
  #lastName = ''
  #last: ThreadCluster | undefined = undefined

  constructor(deps: ThreadClustersDeps) {
    this.#deps = deps
    this.#placement = new HostPlacement(deps)
    if ((deps.localClusterName ?? '') !== '') this.#local = new LocalCluster()
    this.#inflated = deps.scope.gauge(`thread_local_cluster_manager.${deps.threadName}.clusters_inflated`)
  }

  get(name: string): ThreadCluster | undefined {
    if (this.#last !== undefined && name === this.#lastName) return this.#last
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    this.#lastName = name
    return (this.#last = entry.cluster ?? this.#materialise(entry))
  }

  /** `hosts`: where the thread that keeps them anyway can have those of the order's cluster when it needs them. */
  apply(order: ClusterOrder, hosts?: HostsSource): void {
    this.#last = undefined
    this.#version++
    switch (order.kind) {
      case 'cluster.set':
        return this.#set(order.name, order.resource, order.shared as ThreadClusterShared)
      case 'hosts.set':
        this.#setHosts(order.cluster, new AnnouncedHosts(hosts ?? order))
        if (order.cluster === this.#deps.localClusterName) this.#followLocalCluster(order.cluster)
        return
      case 'hosts.update':
        this.#updateHosts(order.cluster, order)
        if (order.cluster === this.#deps.localClusterName) this.#followLocalCluster(order.cluster)
        return
      case 'hosts.weights':
        return this.#setWeights(order.cluster, order.weights)
      case 'localities.weights':
        return this.#setLocalityWeights(order.cluster, order.priorities as readonly PriorityWeights[])
      case 'host.set':
        return this.#setHost(order.cluster, order.snapshot, order.shared as readonly SharedArrayBuffer[])
      case 'host.remove':
        return this.#removeHost(order.cluster, order.host)
      case 'host.failed':
        return this.#onHostFailed(order.cluster, order.host)
      case 'cluster.refused':
        return this.#settleSubCluster(order.name, false)
      case 'cluster.remove':
        return this.#remove(order.name, order.forget)
      case 'stats.forget':
        return this.#deps.forgetStats?.(order.prefix)
    }
  }

  #followLocalCluster(name: string): void {
    const local = this.#pooled(name)
    if (this.#local === undefined || local === undefined) return
    this.#local.hosts = local.firstHosts
    for (const { cluster } of this.#entries.values()) if (cluster !== local) cluster?.onLocalClusterChanged()
  }

  #set(name: string, resource: string, shared: ThreadClusterShared): void {
    this.#announced.set(name, { name, resource: this.#resources.of(resource), shared })
  }

  #remove(name: string, forget: string): void {
    this.#end(name)
    this.#announced.delete(name)
    if (forget !== '') this.#deps.forgetStats?.(forget)
  }

  /** The first hosts of a new cluster: from now on it serves. */
  #begin(name: string, announced: AnnouncedCluster, hosts: AnnouncedHosts): void {
    this.#announced.delete(name)
    this.#end(name)
    const entry = {
      ...announced,
      hosts,
      localityWeights: undefined,
      known: new Map(),
      transports: undefined,
      cluster: undefined,
      inflated: false,
    }
    this.#entries.set(name, entry)
    if (!announced.shared.deferredCreation || this.#isMain) this.#inflate(entry)
    if (announced.shared.lastUsed !== undefined) this.#settleSubCluster(name, true)
  }

  /** Whoever waits may go on at once. */
  #settleSubCluster(name: string, isThere: boolean): void {
    for (const subClusters of this.#subClusters.values()) subClusters.settle(name, isThere)
  }

  #touchSubCluster(name: string): boolean {
    const block = this.#entries.get(name)?.shared.lastUsed
    if (block === undefined) return false
    new SharedCounters(block).set(0, sharedMoment(this.#deps.dispatcher.wallNow))
    return true
  }

  #createSubClusters(cluster: string): ThreadSubClusters {
    const subClusters = new ThreadSubClusters({
      touch: (name) => this.#touchSubCluster(name),
      ask: (host, port) => this.#deps.wantSubCluster?.(cluster, host, port),
    })
    this.#subClusters.set(cluster, subClusters)
    return subClusters
  }

  #end(name: string): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.cluster?.drain()
    this.#entries.delete(name)
    this.#subClusters.delete(name)
    if (entry.inflated) this.#inflated.dec()
  }

  #inflate(entry: ClusterEntry): void {
    if (!entry.inflated) this.#inflated.inc()
    entry.inflated = true
  }

  /** It alone reports for others. */
  get #isMain(): boolean {
    return this.#deps.reportsThreads !== undefined
  }

  #setHosts(name: string, hosts: AnnouncedHosts): void {
    const announced = this.#announced.get(name)
    if (announced !== undefined) return this.#begin(name, announced, hosts)
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.hosts = hosts
    if (entry.cluster === undefined) return
    const before = entry.known
    const placed = this.#placement.placeAll(entry, settingsOf(entry))
    const removed = [...before.values()].filter((host) => !entry.known.has(host.id))
    hosts.release()
    entry.cluster.setHosts(placed, removed)
  }

  #updateHosts(name: string, order: EncodedHosts & Pick<HostsUpdate, 'order' | 'removed'>): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    const { cluster } = entry
    if (cluster === undefined && entry.hosts.isKeptElsewhere) return
    const update = { ...readHosts(order), order: order.order, removed: order.removed }
    if (cluster === undefined) return entry.hosts.update(update)
    const removed = Array.from(update.removed, (id) => entry.known.get(id)).filter((host) => host !== undefined)
    cluster.setHosts(this.#placement.placeChanged(entry, update, cluster.placedHosts, settingsOf(entry)), removed)
  }

  #setWeights(name: string, weights: readonly (readonly [number, number])[]): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.cluster?.setWeights(entry.hosts.setWeights(weights))
  }

  #setLocalityWeights(name: string, weights: readonly PriorityWeights[]): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.localityWeights = weights
    entry.cluster?.setLocalityWeights(weights)
  }

  #setHost(name: string, text: string, shared: readonly SharedArrayBuffer[]): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    const [announced] = readHosts({ snapshot: text, shared }).hosts
    if (announced === undefined) return
    if (entry.cluster === undefined) return entry.hosts.set(announced)
    const placed = this.#placement.place(entry, announced, settingsOf(entry))
    entry.known.set(placed.host.id, placed.host)
    entry.cluster.setHost(placed)
  }

  #removeHost(name: string, id: number): void {
    const entry = this.#entries.get(name)
    if (entry?.cluster === undefined) return entry?.hosts.delete(id)
    const host = entry.known.get(id)
    if (host === undefined) return
    entry.known.delete(id)
    entry.cluster.removeHost(host)
  }

  #onHostFailed(name: string, hostId: number): void {
    const entry = this.#entries.get(name)
    const host = entry?.known.get(hostId)
    if (host !== undefined) entry?.cluster?.onHostFailed(host)
  }

  #materialise(entry: ClusterEntry): OwnCluster {
    this.#inflate(entry)
    const settings = settingsOf(entry)
    entry.cluster = this.#createCluster(entry, settings)
    entry.hosts.release()
    if (entry.localityWeights !== undefined) entry.cluster.setLocalityWeights(entry.localityWeights)
    return entry.cluster
  }

  #createCluster(entry: ClusterEntry, settings: ThreadClusterSettings): OwnCluster {
    const { provided } = settings
    const { scope, runtime, random, dnsCaches = NO_DNS_CACHES } = this.#deps
    if (provided?.kind === 'dynamic_forward_proxy' && !provided.hasSubClusters) {
      const cache = dnsCaches.get(provided.cache)
      return this.#createPooled(entry, settings, (info) => new DynamicHostChoice(cache, info))
    }
    const isOfClusters = provided?.kind === 'aggregate' || provided?.kind === 'dynamic_forward_proxy'
    if (!isOfClusters) return this.#createPooled(entry, settings)
    const deps = {
      scope,
      runtime,
      random,
      resources: new SharedCounters(entry.shared.resources),
      locality: this.#deps.locality,
      httpPolicies: (options: Message, of: Scope) => this.#deps.httpPolicies?.(options, of),
      child: (name: string) => this.#pooled(name),
    }
    if (provided.kind === 'dynamic_forward_proxy') {
      return new SubClustersThreadCluster(settings, { ...deps, subClusters: this.#createSubClusters(settings.name) })
    }
    return new AggregateThreadCluster(settings, provided.clusters, { ...deps, version: () => this.#version })
  }

  /** undefined: there is none, or it has no hosts of its own. */
  #pooled(name: string): PooledThreadCluster | undefined {
    const entry = this.#entries.get(name)
    const cluster = entry && (entry.cluster ?? this.#materialise(entry))
    return cluster instanceof PooledThreadCluster ? cluster : undefined
  }

  #createPooled(
    entry: ClusterEntry,
    settings: ThreadClusterSettings,
    createChoice?: CreateHostChoice,
  ): PooledThreadCluster {
    const codecSettings = http1ClientSettings(settings.http)
    const headReaders = responseHeadReaders(codecSettings)
    const { dispatcher, scope, runtime, random, connect = connectTo } = this.#deps
    const own = scope.scope('cluster').scope(settings.observabilityName)
    entry.transports = settings.transport && this.#deps.transports?.(settings.transport, own)
    return new PooledThreadCluster(settings, this.#placement.placeAll(entry, settings), {
      createChoice,
      dispatcher,
      scope,
      runtime,
      random,
      resources: new SharedCounters(entry.shared.resources),
      socketOptions: entry.shared.socketOptions,
      shedConnection: this.#deps.shedConnection,
      connect,
      reportsThreads: this.#deps.reportsThreads,
      locality: this.#deps.locality,
      local: settings.name === this.#deps.localClusterName ? undefined : this.#local,
      httpPolicies: (options, of) => this.#deps.httpPolicies?.(options, of),
      createCodec: (sink, wholeUrls) =>
        createHttp1ClientCodec(
          sink,
          wholeUrls ? { ...codecSettings, sendFullyQualifiedUrl: true } : codecSettings,
          headReaders,
        ),
      threadLoad: this.#load,
      foundHosts: {
        createHost: (address) => this.#placement.createFound(address, settings, entry.transports),
        found: (address, token) => this.#deps.found?.(settings.name, address, token),
        nextToken: () => `${this.#deps.threadName}/${++this.#tokens}`,
      },
    })
  }
}
