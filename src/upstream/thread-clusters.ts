/**
 * The clusters of one thread, as the main thread's orders describe them (Envoy's ThreadLocalClusterManagerImpl). A
 * cluster costs next to nothing here until a request asks for it.
 */
import type { Dispatcher, Random } from '../api/event.ts'
import type { Message } from '../api/config.ts'
import type { LogComponent, Logger } from '../api/log.ts'
import type { IpAddress } from '../api/network.ts'
import type { LoadShedPoint } from '../api/overload.ts'
import type { Runtime } from '../api/runtime.ts'
import type { Gauge, Scope } from '../api/stats.ts'
import type { ClusterHttpPolicies, ClusterView, Locality, ThreadCluster } from '../api/upstream.ts'
import type { ToWorker } from '../api/worker.ts'
import { createHttp1ClientCodec } from '../codec/http1/client-codec.ts'
import { connectTo } from '../network/client-connection.ts'
import { SharedCounters } from '../stats/shared-counters.ts'
import { AggregateThreadCluster } from './aggregate/aggregate-thread-cluster.ts'
import { http1ClientSettings } from './config/http1-client-settings.ts'
import { EndpointHost } from './endpoint-host.ts'
import type { HostSnapshot, HostsSnapshot } from './host-snapshot.ts'
import { HEALTH_FLAG, healthOf, isExcluded } from './health-flags.ts'
import { LocalCluster } from './load-balancer/local-cluster.ts'
import type { HostReportKind } from './outlier-detection/host-monitor.ts'
import { HealthMonitor, OutlierMonitor } from './outlier-detection/host-monitor.ts'
import { foundHost } from './original-dst/found-host.ts'
import type { OwnCluster } from './own-cluster.ts'
import { OrcaReceiver } from './orca/orca-receiver.ts'
import { orcaWeightingOf } from './orca/orca-weights.ts'
import type { Connect } from './pool/upstream-connection.ts'
import { HOST_COUNTERS } from './shared-layout.ts'
import type { PlacedHosts } from './thread-cluster.ts'
import { PooledThreadCluster } from './thread-cluster.ts'
import type { ThreadClusterSettings, ThreadClusterShared } from './thread-settings.ts'

export interface ThreadClustersDeps {
  readonly dispatcher: Dispatcher
  readonly scope: Scope
  readonly runtime: Runtime
  readonly random: Random
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
  /** Tells the main thread of a host that a request needs, known here by `token` until it answers. */
  found?(cluster: string, address: IpAddress, token: string): void
  /** Lets go of statistics below a prefix. */
  forgetStats?(prefix: string): void
  /** Tests put their own here. */
  readonly connect?: Connect
}

/** An order as it is before a worker's handle numbers it. */
export type ClusterOrder = WithoutSeq<
  Extract<ToWorker, { kind: 'cluster.set' | 'cluster.remove' | 'hosts.set' | 'hosts.weights' | 'host.failed' }>
>
type WithoutSeq<O> = O extends unknown ? Omit<O, 'seq'> : never

/** A cluster serves from its first hosts on; until then the one before it goes on, if there is one. */
interface Entry {
  readonly resource: string
  readonly shared: ThreadClusterShared
  hosts: HostsOrder
  /** Those of `cluster`, by id, once it is made. */
  known: Map<number, EndpointHost>
  cluster: OwnCluster | undefined
  /** In `clusters_inflated`. */
  inflated: boolean
}

interface Announced {
  readonly resource: string
  readonly shared: ThreadClusterShared
}

interface HostsOrder {
  readonly snapshot: string
  readonly shared: readonly SharedArrayBuffer[]
  /** What came later than the snapshot, by number of the host. */
  weights?: Map<number, number>
}

export class ThreadClusters implements ClusterView {
  readonly #deps: ThreadClustersDeps
  readonly #entries = new Map<string, Entry>()
  readonly #announced = new Map<string, Announced>()
  readonly #inflated: Gauge
  readonly #local: LocalCluster | undefined
  /** Of all clusters together, for those that are made of others. */
  #version = 0
  /** Given to hosts that requests brought along. */
  #tokens = 0
  /** Who was asked for last: most requests of a thread go where the one before went. */
  #lastName = ''
  #last: ThreadCluster | undefined = undefined

  constructor(deps: ThreadClustersDeps) {
    this.#deps = deps
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

  /** Orders of one cluster come in order: set, hosts, …, remove. */
  apply(order: ClusterOrder): void {
    this.#last = undefined
    this.#version++
    switch (order.kind) {
      case 'cluster.set':
        return this.#set(order.name, order.resource, order.shared as ThreadClusterShared)
      case 'hosts.set':
        this.#setHosts(order.cluster, order.snapshot, order.shared as readonly SharedArrayBuffer[])
        if (order.cluster === this.#deps.localClusterName) this.#followLocalCluster(order.cluster)
        return
      case 'hosts.weights':
        return this.#setWeights(order.cluster, order.weights)
      case 'host.failed':
        return this.#onHostFailed(order.cluster, order.host)
      case 'cluster.remove':
        return this.#remove(order.name, order.forget)
    }
  }

  #followLocalCluster(name: string): void {
    const local = this.#pooled(name)
    if (this.#local === undefined || local === undefined) return
    this.#local.hosts = local.firstHosts
    for (const { cluster } of this.#entries.values()) if (cluster !== local) cluster?.onLocalClusterChanged()
  }

  #set(name: string, resource: string, shared: ThreadClusterShared): void {
    this.#announced.set(name, { resource, shared })
  }

  #remove(name: string, forget: string): void {
    this.#end(name)
    this.#announced.delete(name)
    if (forget !== '') this.#deps.forgetStats?.(forget)
  }

  /** The first hosts of a new cluster: from now on it serves. */
  #begin(name: string, announced: Announced, hosts: HostsOrder): void {
    this.#announced.delete(name)
    this.#end(name)
    const entry = { ...announced, hosts, known: new Map(), cluster: undefined, inflated: false }
    this.#entries.set(name, entry)
    if (!announced.shared.deferredCreation || this.#isMain) this.#inflate(entry)
  }

  #end(name: string): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.cluster?.drain()
    this.#entries.delete(name)
    if (entry.inflated) this.#inflated.dec()
  }

  #inflate(entry: Entry): void {
    if (!entry.inflated) this.#inflated.inc()
    entry.inflated = true
  }

  /** It alone reports for others. */
  get #isMain(): boolean {
    return this.#deps.reportsThreads !== undefined
  }

  #setHosts(name: string, snapshot: string, shared: readonly SharedArrayBuffer[]): void {
    const announced = this.#announced.get(name)
    if (announced !== undefined) return this.#begin(name, announced, { snapshot, shared })
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.hosts = { snapshot, shared }
    if (entry.cluster === undefined) return
    const before = entry.known
    const placed = this.#placeHosts(entry, entry.hosts, settingsOf(entry))
    const removed = [...before.values()].filter((host) => !entry.known.has(host.id))
    entry.cluster.setHosts(placed, removed)
  }

  #setWeights(name: string, weights: readonly (readonly [number, number])[]): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.hosts.weights ??= new Map()
    for (const [id, weight] of weights) entry.hosts.weights.set(id, weight)
    entry.cluster?.setWeights(entry.hosts.weights)
  }

  /** Hosts that are known keep their object, and with it their pools. */
  #placeHosts(entry: Entry, order: HostsOrder, settings: ThreadClusterSettings): PlacedHosts {
    // Written by the main thread's encodeHosts.
    const { hosts, policy } = JSON.parse(order.snapshot) as HostsSnapshot
    const known = new Map<number, EndpointHost>()
    const placed = hosts.map((snapshot) => {
      const host =
        entry.known.get(snapshot.id) ??
        adopted(entry, snapshot, order.shared) ??
        this.#createHost(snapshot, settings, order.shared)
      host.update(snapshot)
      known.set(snapshot.id, host)
      const { priority, localityWeight, healthStatus, flags = 0 } = snapshot
      const weight = order.weights?.get(snapshot.id) ?? snapshot.weight
      host.setFailsHealthChecks((flags & HEALTH_FLAG.failedActiveHc) !== 0, this.#deps.dispatcher.wallNow)
      const health = healthOf(healthStatus, flags)
      const excluded = isExcluded(healthStatus, flags)
      return { host, weight, health, excluded, localityWeight, priority }
    })
    entry.known = known
    return { hosts: placed, policy }
  }

  #onHostFailed(name: string, hostId: number): void {
    const entry = this.#entries.get(name)
    const host = entry?.known.get(hostId)
    if (host !== undefined) entry?.cluster?.onHostFailed(host)
  }

  #createHost(
    snapshot: HostsSnapshot['hosts'][number],
    { name, healthChecked, outlierDetection, lbPolicy, happyEyeballs }: ThreadClusterSettings,
    buffers: readonly SharedArrayBuffer[],
  ): EndpointHost {
    const counters = countersOf(snapshot, name, buffers)
    const host = new EndpointHost(snapshot, name, counters, happyEyeballs)
    const weighting = orcaWeightingOf(lbPolicy)
    if (weighting !== undefined) {
      host.loadReports = new OrcaReceiver(weighting, counters, () => this.#deps.dispatcher.wallNow)
    }
    if (!healthChecked && outlierDetection === undefined) return host
    const { runtime } = this.#deps
    const deps = { counters, runtime, report: (kind: HostReportKind) => this.#deps.report?.(name, host.id, kind) }
    host.monitor = outlierDetection === undefined ? new HealthMonitor(deps) : new OutlierMonitor(outlierDetection, deps)
    return host
  }

  /** Counts by itself until the main thread says where. */
  #createFoundHost(address: IpAddress, settings: ThreadClusterSettings): EndpointHost {
    const buffer = new SharedArrayBuffer(HOST_COUNTERS * Int32Array.BYTES_PER_ELEMENT)
    const { metadata: _, ...host } = foundHost(settings.name, address)
    const healthySinceMs = this.#deps.dispatcher.wallNow
    return this.#createHost({ ...host, id: 0, healthySinceMs, buffer: 0, offset: 0 }, settings, [buffer])
  }

  #materialise(entry: Entry): OwnCluster {
    this.#inflate(entry)
    const settings = settingsOf(entry)
    return (entry.cluster = this.#createCluster(entry, settings))
  }

  #createCluster(entry: Entry, settings: ThreadClusterSettings): OwnCluster {
    const { provided } = settings
    if (provided?.kind !== 'aggregate') return this.#createPooled(entry, settings)
    const { scope, runtime, random } = this.#deps
    return new AggregateThreadCluster(settings, provided.clusters, {
      scope,
      runtime,
      random,
      resources: new SharedCounters(entry.shared.resources),
      locality: this.#deps.locality,
      httpPolicies: (options, of) => this.#deps.httpPolicies?.(options, of),
      version: () => this.#version,
      child: (name) => this.#pooled(name),
    })
  }

  /** undefined: there is none, or it has no hosts of its own. */
  #pooled(name: string): PooledThreadCluster | undefined {
    const entry = this.#entries.get(name)
    const cluster = entry && (entry.cluster ?? this.#materialise(entry))
    return cluster instanceof PooledThreadCluster ? cluster : undefined
  }

  #createPooled(entry: Entry, settings: ThreadClusterSettings): PooledThreadCluster {
    const codecSettings = http1ClientSettings(settings.http)
    const { dispatcher, scope, runtime, random, connect = connectTo } = this.#deps
    return new PooledThreadCluster(settings, this.#placeHosts(entry, entry.hosts, settings), {
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
      createCodec: (sink) => createHttp1ClientCodec(sink, codecSettings),
      foundHosts: {
        createHost: (address) => this.#createFoundHost(address, settings),
        found: (address, token) => this.#deps.found?.(settings.name, address, token),
        nextToken: () => `${this.#deps.threadName}/${++this.#tokens}`,
      },
    })
  }
}

/** A host that this thread found before the main thread told of it. */
function adopted(
  { cluster }: Entry,
  { id, token, buffer, offset }: HostSnapshot,
  buffers: readonly SharedArrayBuffer[],
): EndpointHost | undefined {
  const host = token === undefined ? undefined : cluster?.adopt(token)
  host?.confirm(id, { buffer: buffers[buffer]!, offset, length: HOST_COUNTERS })
  return host
}

/** Written by the main thread's threadClusterSettings. */
function settingsOf({ resource }: Entry): ThreadClusterSettings {
  return JSON.parse(resource) as ThreadClusterSettings
}

function countersOf(
  snapshot: HostsSnapshot['hosts'][number],
  clusterName: string,
  buffers: readonly SharedArrayBuffer[],
): SharedCounters {
  const buffer = buffers[snapshot.buffer]
  if (buffer === undefined) throw new Error(`no counters for host ${snapshot.address.text} of ${clusterName}`)
  return new SharedCounters({ buffer, offset: snapshot.offset, length: HOST_COUNTERS })
}
