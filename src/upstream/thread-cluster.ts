/** One cluster on one thread: its balancer, its pools, its counters. Made at first use. */
import type { Dispatcher, Random } from '../api/event.ts'
import type { LoadShedPoint } from '../api/overload.ts'
import type { Runtime } from '../api/runtime.ts'
import type { Scope } from '../api/stats.ts'
import type {
  ClusterInfo,
  Host,
  HttpPool,
  LoadBalancerContext,
  OverrideHost,
  Pick,
  ResourcePriority,
  TcpPool,
} from '../api/upstream.ts'
import type { ChildCluster } from './child-cluster.ts'
import type { ClusterInfoDeps } from './cluster-info.ts'
import { createClusterInfo } from './cluster-info.ts'
import type { OriginalDstBalancing } from './config/provided-balancing.ts'
import type { ClusterStats } from './cluster-stats.ts'
import { createClusterStats, createHttp1Stats } from './cluster-stats.ts'
import type { SharedCounters } from '../stats/shared-counters.ts'
import type { EndpointHost } from './endpoint-host.ts'
import type { AssignmentPolicy } from './host-snapshot.ts'
import type { BalancerReport } from './load-balancer/balancer-report.ts'
import { createBalancerReport } from './load-balancer/balancer-report.ts'
import type { Balancer } from './load-balancer/balancer.ts'
import { createBalancer } from './load-balancer/create-balancer.ts'
import type { LocalityTraffic } from './load-balancer/load-aware-balancer.ts'
import type { LocalCluster, ZoneDeps } from './load-balancer/local-cluster.ts'
import { createZoneStats } from './load-balancer/local-cluster.ts'
import { HostSet } from './load-balancer/host-set.ts'
import type { WeightedHost } from './load-balancer/host-set.ts'
import type { PriorityChoice } from './load-balancer/priority-choice.ts'
import { NO_HOST, UNKNOWN_HOST } from './no-host.ts'
import type { CreateHostChoice, HostChoice } from './host-choice.ts'
import type { OriginalDstBalancerDeps } from './original-dst/original-dst-balancer.ts'
import { OriginalDstBalancer } from './original-dst/original-dst-balancer.ts'
import type { PriorityWeights } from './orca/locality-weights.ts'
import type { OwnCluster } from './own-cluster.ts'
import type { PoolContext } from './pool/pool-context.ts'
import { ClusterPools } from './pool/cluster-pools.ts'
import { Http1Pool } from './pool/http1-pool.ts'
import type { ThreadLoad } from './pool/pool-load.ts'
import { PredictivePreconnect } from './pool/predictive-preconnect.ts'
import { PlainPool } from './pool/plain-pool.ts'
import type { Connect, CreateCodec } from './pool/upstream-connection.ts'
import type { SharedResourceManager } from './circuit-breakers/resource-manager.ts'
import { createResourceManagers } from './circuit-breakers/resource-managers.ts'
import type { HealthStatus } from './config/load-assignment.ts'
import type { ThreadClusterSettings } from './thread-settings.ts'
import type { SocketOption } from '../network/socket-options.ts'

/** Policies whose next choice does not depend on what happens until then. */
const CHOOSES_AHEAD: ReadonlySet<string> = new Set(['round_robin', 'random'])

export interface ThreadClusterDeps extends ClusterInfoDeps {
  readonly dispatcher: Dispatcher
  readonly scope: Scope
  readonly runtime: Runtime
  readonly random: Random
  readonly resources: SharedCounters
  readonly socketOptions: readonly SocketOption[]
  readonly shedConnection: LoadShedPoint | undefined
  readonly connect: Connect
  readonly createCodec: CreateCodec
  /** Of all clusters of the thread together. */
  readonly threadLoad: ThreadLoad
  /** How many threads this one reports the balancers of; undefined: another one does. */
  readonly reportsThreads: number | undefined
  /** The cluster that this proxy belongs to; undefined: nobody said, or it is this one. */
  readonly local: LocalCluster | undefined
  /** For clusters whose requests bring their hosts along. */
  readonly foundHosts: FoundHosts
  /** Takes the place of a balancer. */
  readonly createChoice?: CreateHostChoice | undefined
}

export type FoundHosts = Omit<OriginalDstBalancerDeps, 'onInvalid'>

/** A host of a snapshot and where it stands. */
export interface PlacedHost extends WeightedHost {
  readonly priority: number
  readonly healthStatus: HealthStatus
}

export interface PlacedHosts {
  readonly hosts: readonly PlacedHost[]
  readonly policy: AssignmentPolicy
}

export class PooledThreadCluster implements OwnCluster, ChildCluster {
  readonly info: ClusterInfo
  readonly #settings: ThreadClusterSettings
  readonly #deps: ThreadClusterDeps
  readonly #stats: ClusterStats
  readonly #resources: Readonly<Record<ResourcePriority, SharedResourceManager>>
  readonly #context: PoolContext
  readonly #pools: ClusterPools<Http1Pool>
  readonly #plainPools: ClusterPools<PlainPool>
  /** undefined: nobody asked for it, or the policy cannot tell. */
  readonly #preconnect: PredictivePreconnect | undefined
  readonly #report: BalancerReport | undefined
  readonly #zones: ZoneDeps | undefined
  /** Where localities are chosen by their load. */
  readonly #traffic: LocalityTraffic | undefined
  hostSets: readonly HostSet[] = []
  assignmentPolicy: AssignmentPolicy
  #destinations: OriginalDstBalancer | undefined = undefined
  readonly #choice: HostChoice | undefined
  #balancer: Balancer
  #hosts: readonly PlacedHost[]
  /** Of `#hosts`, once somebody wants to know. */
  #membership: { readonly total: number; readonly healthy: number } | undefined = undefined
  /** Made when the first request names its host. */
  #byAddress: Map<string, PlacedHost> | undefined = undefined

  constructor(settings: ThreadClusterSettings, hosts: PlacedHosts, deps: ThreadClusterDeps) {
    this.#settings = settings
    this.#deps = deps
    const scope = deps.scope.scope('cluster').scope(settings.observabilityName)
    this.#stats = createClusterStats(scope)
    this.#resources = createResourceManagers(settings, deps)
    this.info = createClusterInfo(settings, scope, this.#resources, deps)
    this.#context = this.#createPoolContext(scope)
    const pools = {
      context: this.#context,
      resources: this.#resources,
      perDownstream: settings.poolPerDownstream,
    }
    this.#pools = new ClusterPools({
      ...pools,
      limited: true,
      create: (context, resources, host, sockets) => new Http1Pool(context, resources, host, sockets),
    })
    this.#plainPools = new ClusterPools({
      ...pools,
      limited: false,
      create: (context, resources, host, sockets) => new PlainPool(context, resources, host, sockets),
    })
    this.#preconnect = this.#createPreconnect()
    if (deps.reportsThreads !== undefined) {
      this.#report = createBalancerReport(settings.lbPolicy, scope, deps.reportsThreads)
    }
    if (deps.local !== undefined) {
      this.#zones = { local: deps.local, stats: createZoneStats(scope), countsFor: deps.reportsThreads ?? 0 }
    }
    this.#traffic = this.#createTraffic(scope)
    this.assignmentPolicy = hosts.policy
    this.#balancer = this.#createBalancer(hosts)
    this.#hosts = hosts.hosts
    this.#choice = deps.createChoice?.(this.info)
    this.#choice?.setHosts(this.#hosts)
  }

  /** Those of priority 0. */
  get firstHosts(): HostSet {
    return this.hostSets[0]!
  }

  get placedHosts(): readonly PlacedHost[] {
    return this.#hosts
  }

  adopt(token: string): EndpointHost | undefined {
    return this.#destinations?.adopt(token)
  }

  onLocalClusterChanged(): void {
    this.#balancer.onLocalClusterChanged?.()
  }

  get membership(): { readonly total: number; readonly healthy: number } {
    return (this.#membership ??= {
      total: this.#hosts.length,
      healthy: this.#hosts.filter(({ health }) => health === 'healthy').length,
    })
  }

  get dropOverload(): number {
    return this.assignmentPolicy.dropOverload
  }

  chooseHost(context: LoadBalancerContext): Pick {
    const { overrideHost } = context
    if (overrideHost !== undefined) {
      const pick = this.#overridden(overrideHost)
      if (pick !== undefined) return pick
    }
    const own = this.#choice
    if (own !== undefined) return this.#counted(own.choose(context))
    const host = this.#preconnect?.take(context) ?? this.#balancer.choose(context)
    if (host !== undefined) return host.asPick
    this.#stats.upstream_cx_none_healthy.inc()
    return NO_HOST
  }

  #counted(pick: Pick): Pick {
    if (pick.kind === 'none') this.#stats.upstream_cx_none_healthy.inc()
    return pick
  }

  chooseAt(context: LoadBalancerContext, at?: PriorityChoice): EndpointHost | undefined {
    return this.#balancer.choose(context, at)
  }

  /** Undefined: any host will do. */
  #overridden({ address, strict }: OverrideHost): Pick | undefined {
    this.#byAddress ??= new Map(this.#hosts.map((placed) => [placed.host.address.text, placed]))
    const placed = this.#byAddress.get(address)
    if (placed !== undefined && this.#settings.overridableStatuses.includes(placed.healthStatus)) {
      return placed.host.asPick
    }
    if (!strict) return undefined
    this.#stats.upstream_cx_none_healthy.inc()
    return placed === undefined ? UNKNOWN_HOST : NO_HOST
  }

  httpPool(host: Host, priority: ResourcePriority, context: LoadBalancerContext): HttpPool | undefined {
    this.#preconnect?.onRequest(this.#pools, priority, context)
    // Hosts that come here were chosen by this cluster.
    return this.#pools.get(host as EndpointHost, priority, context)
  }

  tcpPool(chosen: Host, priority: ResourcePriority, context: LoadBalancerContext): TcpPool {
    this.#preconnect?.onRequest(this.#plainPools, priority, context)
    const host = chosen as EndpointHost // as above
    // There may always be another.
    return this.#plainPools.get(host, priority, context)!
  }

  setHosts(hosts: PlacedHosts, removed: readonly EndpointHost[]): void {
    this.assignmentPolicy = hosts.policy
    this.#balancer = this.#createBalancer(hosts)
    this.#hosts = hosts.hosts
    this.#membership = undefined
    this.#byAddress = undefined
    this.#choice?.setHosts(this.#hosts)
    this.#preconnect?.forget()
    if (this.#settings.closeConnectionsOnHostSetChange) return this.drain()
    this.#pools.drain(removed)
    this.#plainPools.drain(removed)
  }

  setWeights(weights: ReadonlyMap<number, number>): void {
    this.#hosts = this.#hosts.map((placed) => {
      const weight = weights.get(placed.host.id)
      return weight === undefined || weight === placed.weight ? placed : { ...placed, weight }
    })
    this.#balancer = this.#createBalancer({ hosts: this.#hosts, policy: this.assignmentPolicy })
    this.#byAddress = undefined
  }

  setLocalityWeights(weights: readonly PriorityWeights[]): void {
    if (this.#traffic !== undefined) this.#traffic.weights = weights
  }

  setHost(host: PlacedHost): void {
    this.#hosts = [...this.#hosts.filter((one) => one.host !== host.host), host]
    this.#byAddress = undefined
    this.#choice?.setHost(host)
  }

  removeHost(host: EndpointHost): void {
    const removed = this.#hosts.find((one) => one.host === host)
    if (removed === undefined) return
    this.#hosts = this.#hosts.filter((one) => one !== removed)
    this.#byAddress = undefined
    this.#choice?.removeHost(removed)
    this.#pools.drain([host])
    this.#plainPools.drain([host])
  }

  onHostFailed(host: EndpointHost): void {
    this.#pools.drainConnections(host)
    if (this.#settings.closeConnectionsOnHostHealthFailure) this.#plainPools.closeConnections(host)
    else this.#plainPools.drainConnections(host)
  }

  drain(): void {
    this.#pools.drainAll()
    this.#plainPools.drainAll()
  }

  #createTraffic(scope: Scope): LocalityTraffic | undefined {
    if (this.#settings.lbPolicy.kind !== 'load_aware_locality') return undefined
    const countsFor = this.#deps.reportsThreads ?? 0
    const stats = createZoneStats(scope)
    // A cluster begins without hosts, in priority 0.
    if (countsFor > 0) stats.lb_recalculate_zone_structures.add(countsFor)
    return { weights: undefined, localities: [0], stats, countsFor }
  }

  #createPreconnect(): PredictivePreconnect | undefined {
    const { lbPolicy, preconnect } = this.#settings
    if (preconnect.predictive <= 1 || !CHOOSES_AHEAD.has(lbPolicy.kind)) return undefined
    return new PredictivePreconnect({
      ratio: preconnect.predictive,
      load: this.#deps.threadLoad,
      healthyHosts: () => this.membership.healthy,
      choose: (context) => this.#balancer.choose(context),
    })
  }

  #createBalancer({ hosts, policy }: PlacedHosts): Balancer {
    const byPriority: PlacedHost[][] = [[]]
    for (const host of hosts) {
      while (byPriority.length <= host.priority) byPriority.push([])
      byPriority[host.priority]!.push(host)
    }
    const { random, runtime, dispatcher, locality: localLocality } = this.#deps
    const resources = this.#resources
    this.hostSets = byPriority.map((list) => new HostSet(list, { localLocality }))
    const { provided } = this.#settings
    if (provided?.kind === 'original_dst') return this.#followDestinations(provided, hosts)
    return createBalancer(
      this.#settings.lbPolicy,
      { healthyPanicPercent: this.#settings.healthyPanicPercent, ...policy },
      this.hostSets,
      {
        random,
        runtime,
        stats: this.#stats,
        report: this.#report,
        zones: this.#zones,
        traffic: this.#traffic,
        now: () => dispatcher.wallNow,
        activeRequests: () => resources.default.requests.count + resources.high.requests.count,
      },
    )
  }

  /** The balancer stays: it knows hosts that are in no snapshot yet. */
  #followDestinations(config: OriginalDstBalancing, hosts: readonly PlacedHost[]): Balancer {
    this.#destinations ??= new OriginalDstBalancer(config, {
      ...this.#deps.foundHosts,
      onInvalid: () => this.#stats.original_dst_host_invalid.inc(),
    })
    this.#destinations.setHosts(hosts.map(({ host }) => host))
    return this.#destinations
  }

  #createPoolContext(scope: Scope): PoolContext {
    const { http, circuitBreakers, sourceAddresses } = this.#settings
    const { dispatcher, shedConnection, connect, createCodec, socketOptions, threadLoad } = this.#deps
    const stats = this.#stats
    let http1Stats = false
    return {
      dispatcher,
      stats,
      shedConnection,
      connect,
      load: threadLoad,
      createCodec: (sink, wholeUrls) => {
        if (!http1Stats) createHttp1Stats(scope)
        http1Stats = true
        return createCodec(sink, wholeUrls)
      },
      connectionStats: {
        rxTotal: stats.upstream_cx_rx_bytes_total,
        rxBuffered: stats.upstream_cx_rx_bytes_buffered,
        txTotal: stats.upstream_cx_tx_bytes_total,
        txBuffered: stats.upstream_cx_tx_bytes_buffered,
      },
      settings: {
        connectTimeoutMs: this.#settings.connectTimeoutMs,
        bufferLimitBytes: this.#settings.perConnectionBufferLimitBytes,
        highWatermarkTimeoutMs: this.#settings.highWatermarkTimeoutMs ?? 0,
        idleTimeoutMs: http.idleTimeoutMs,
        tcpIdleTimeoutMs: http.tcpIdleTimeoutMs,
        maxConnectionDurationMs: http.maxConnectionDurationMs,
        maxRequestsPerConnection: http.maxRequestsPerConnection,
        maxConnectionsPerHost: circuitBreakers.maxConnectionsPerHost,
        perUpstreamPreconnectRatio: this.#settings.preconnect.perUpstream,
        sourceAddresses,
        socketOptions,
      },
    }
  }
}
