import type { Protocol, RequestEncoder, ResponseDecoder } from './codec.ts'
import type { RequestHeaders, ResponseHeaders } from './headers.ts'
import type { HttpFilterEntry } from './http.ts'
import type { Address, Connection, ReadFilter } from './network.ts'
import type { HashPolicy, MirrorPolicy, RetryPolicy } from './route.ts'
import type { Histogram, Scope } from './stats.ts'
import type { StreamInfo, ResponseFlag, UpstreamInfo } from './stream-info.ts'

/*
 * Upstreams as a thread sees them. Host sets are immutable snapshots replaced whole; a cluster is built on
 * a thread at first use. The router and other filters know clusters only through this page.
 */

/** One per thread. */
export interface ClusterView {
  /** undefined: no such cluster (or it is still warming). */
  get(name: string): ThreadCluster | undefined
}

export interface ThreadCluster {
  readonly info: ClusterInfo
  /** How many hosts there are, and how many of them are healthy. */
  readonly membership: { readonly total: number; readonly healthy: number }
  /** This part of the requests is to be refused, 0–1; absent: none. */
  readonly dropOverload?: number
  /** Once an attempt. What is to be waited for is told by the result. */
  chooseHost(context: LoadBalancerContext): Pick
  /** The pool of this thread to `host`; undefined when the pool limit is reached. */
  httpPool(host: Host, priority: ResourcePriority, context: LoadBalancerContext): HttpPool | undefined
  /** For connections whose bytes go on as they are. */
  tcpPool(host: Host, priority: ResourcePriority, context: LoadBalancerContext): TcpPool
}

export type ResourcePriority = 'default' | 'high'

export interface ClusterInfo {
  readonly name: string
  /** alt_stat_name or the name. */
  readonly observabilityName: string
  /** `cluster.<observability name>.` */
  readonly scope: Scope
  /** Soft limit of write buffers; 0: none. */
  readonly perConnectionBufferLimitBytes: number
  readonly connectTimeoutMs: number
  /** The percentage of requests under this key is refused. */
  readonly maintenanceModeRuntimeKey: string
  /** ms that the stream of an attempt may last, whatever the request says; 0: as the request says. */
  readonly maxStreamDurationMs?: number
  /** Counters of requests that the router keeps. */
  readonly stats: ClusterTrafficStats
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly resources: (priority: ResourcePriority) => ResourceManager
  /** undefined: the cluster has none. */
  readonly httpPolicies?: ClusterHttpPolicies | undefined
  /** What all requests are carried by; absent: HTTP, or plain connections for tunnels that end here. */
  readonly upstreamPool?: 'http' | 'tcp' | undefined
  /** Absent where the cluster keeps track of nothing. */
  readonly tracking?: ClusterTracking | undefined
  /** How its hosts are spoken to. */
  readonly features: { readonly http2: boolean; readonly tls: boolean }
  /** Of a cluster whose hosts requests name; filters look them up before. */
  readonly dynamicForwardProxy?: DynamicForwardProxyInfo | undefined
}

export interface DynamicForwardProxyInfo {
  /** A cluster of its own for each host, instead of a host in a DNS cache. */
  readonly subClusters: SubClusters | undefined
}

export interface SubClusters {
  /** The cluster for `authority`. `waiter` is called only after 'loading'. */
  load(authority: string, defaultPort: number, waiter: SubClusterWaiter): SubClusterLoad
}

export type SubClusterLoad = { readonly kind: 'there' } | { readonly kind: 'loading'; readonly cancel: () => void }

export interface SubClusterWaiter {
  /** False: there are too many. */
  onSubCluster(isThere: boolean): void
}

/** Of a cluster's HttpProtocolOptions. Each takes the place of the route's (or the router's) as a whole; undefined: it does not. */
export interface ClusterHttpPolicies {
  /** But for timeouts, which are the route's. */
  readonly retryPolicy: RetryPolicy | undefined
  readonly hashPolicy: HashPolicy | undefined
  readonly mirrorPolicies: readonly MirrorPolicy[] | undefined
  /** Whether outlier detection is told of a failure, whatever the status. */
  readonly isError: ((response: ResponseHeaders) => boolean) | undefined
  /** But for the codec. */
  readonly upstreamFilters: readonly HttpFilterEntry[] | undefined
}

/** Histograms on demand. */
export interface ClusterTracking {
  /** How much of the time that requests and attempts may take they took, in percent. */
  readonly budgets: { readonly total: Histogram; readonly perTry: Histogram } | undefined
  readonly sizes: ClusterSizes | undefined
}

/** Of attempts, in bytes; counts are numbers of fields. */
export interface ClusterSizes {
  readonly requestHeadersSize: Histogram
  readonly requestHeadersCount: Histogram
  readonly requestBodySize: Histogram
  readonly responseHeadersSize: Histogram
  readonly responseHeadersCount: Histogram
  readonly responseBodySize: Histogram
}

/** The counters that more than one room writes. Names are those under `cluster.<name>.`. */
export interface ClusterTrafficStats extends AlternateTrafficStats {
  /** A response that was not passed on because its attempt is tried again: `retry.upstream_rq_<code>` and its class. */
  retriedResponse(status: number, hidden: boolean): void
  counter(name: ClusterRequestCounter): { inc(): void }
  /** Responses once more, below a name that a client chose; undefined: there are too many of those. */
  alternate(name: string): AlternateTrafficStats | undefined
}

export interface AlternateTrafficStats {
  /**
   * Response of `status`: code and class counters, upstream_rq_completed; with internal./external./canary. variants, and
   * by the zone that the host is in ('': none, or it was no host). `hidden`: the first counters do not tell the status.
   */
  response(status: number, internal: boolean, canary: boolean, zone: string, hidden: boolean): void
  /** ms since the request was sent; upstream_rq_time and its variants. */
  responseTime(ms: number, internal: boolean, canary: boolean, zone: string): void
}

export type ClusterRequestCounter =
  | 'upstream_rq_timeout'
  | 'upstream_rq_per_try_timeout'
  | 'upstream_rq_per_try_idle_timeout'
  | 'upstream_rq_retry'
  | 'upstream_rq_retry_backoff_exponential'
  | 'upstream_rq_retry_backoff_ratelimited'
  | 'upstream_rq_retry_limit_exceeded'
  | 'upstream_rq_retry_overflow'
  | 'upstream_rq_retry_success'
  | 'upstream_rq_maintenance_mode'
  | 'upstream_rq_max_duration_reached'
  | 'upstream_rq_cancelled'
  | 'retry_or_shadow_abandoned'
  | 'upstream_flow_control_paused_reading_total'
  | 'upstream_flow_control_resumed_reading_total'
  | 'upstream_flow_control_backed_up_total'
  | 'upstream_flow_control_drained_total'
  | 'upstream_internal_redirect_failed_total'
  | 'upstream_internal_redirect_succeeded_total'

/** Circuit breaker of one kind, shared by all threads; who counts one in counts it out again. */
export interface Resource {
  /** True when one more is allowed. Check and count are separate steps, as in Envoy: a small overshoot is normal. */
  canCreate(): boolean
  inc(): void
  dec(): void
  readonly max: number
  readonly count: number
}

export interface ResourceManager {
  readonly connections: Resource
  readonly pendingRequests: Resource
  readonly requests: Resource
  readonly retries: Resource
  readonly connectionPools: Resource
}

/** Identity of an endpoint; health and weight live in the snapshot. */
export interface Host {
  readonly address: Address
  /** Endpoint hostname (auto_host_rewrite), '' when none. */
  readonly hostname: string
  readonly locality: Locality
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  /** What its assignment says of all hosts of its locality and priority. */
  readonly localityMetadata?: Readonly<Record<string, unknown>> | undefined
  readonly canary: boolean
  readonly clusterName: string
  readonly stats: HostStats
  /** Absent where nobody wants to know how requests to the host go. */
  readonly monitor?: HostMonitor | undefined
  /** Absent where nobody wants to know what the host says of its load. */
  readonly loadReports?: LoadReportSink | undefined
}

/** For balancers that follow the load of hosts (ORCA). */
export interface LoadReportSink {
  /** Headers or trailers of a response; true: there was a report in it, and another one does not count. */
  take(fields: { getAll(name: string): readonly string[] }): boolean
}

/** How an attempt went before there was a response. `connected-final`: nothing follows that could be a response. */
export type LocalOriginOutcome = 'connected' | 'connected-final' | 'failed' | 'timeout'

/** For outlier detection and health checks; called by whoever sends requests, never for attempts that it gave up. */
export interface HostMonitor {
  /** A response; a gRPC status counts as the HTTP status that it stands for. */
  response(status: number): void
  /** `status`: what the client is told. */
  localOrigin(outcome: LocalOriginOutcome, status?: number): void
  /** A response said x-envoy-immediate-health-check-fail. */
  immediateFailure(): void
  /** A response that is no failure said x-envoy-degraded; absent where nobody wants to know. */
  readonly degraded?: (() => void) | undefined
}

export interface Locality {
  readonly region: string
  readonly zone: string
  readonly subZone: string
}

/** Shown by /clusters; this thread's part of each. A call counts one. */
export interface HostStats {
  rqTotal(): void
  rqSuccess(): void
  rqError(): void
  rqTimeout(): void
  rqActive(delta: 1 | -1): void
}

/** A host that is to get the request whatever the balancing says, as long as its health allows it. */
export interface OverrideHost {
  /** `ip:port` as the host's address is written. */
  readonly address: string
  /** No other host will do. A request for one that is none of the cluster's is answered with `notFoundStatus`. */
  readonly strict: boolean
  readonly notFoundStatus: number
}

export interface LoadBalancerContext {
  readonly overrideHost?: OverrideHost | undefined
  readonly downstreamConnection: Connection | undefined
  readonly requestHeaders: RequestHeaders | undefined
  readonly streamInfo: StreamInfo | undefined
  /** xxHash64 of the hash policies as two halves, or undefined. */
  readonly hash: HashKey | undefined
  /** What hosts must have in `envoy.lb` (subsets). */
  readonly metadataMatch: Readonly<Record<string, unknown>> | undefined
  /** Hosts that a retry must avoid: true rejects the candidate. */
  shouldSelectAnotherHost(host: Host): boolean
  /** How often it may be asked before the last candidate is taken all the same. */
  readonly hostSelectionRetryCount: number
  /** Which priorities a retry keeps away from; undefined: it has no such wish. */
  readonly retryPriority?: RetryPriority | undefined
}

export interface RetryPriority {
  /**
   * The balancer asks before each choice. `isAvailableWithout`: there are hosts to serve in other priorities. undefined:
   * the load is divided as ever.
   */
  excluded(
    priorityOf: (host: Host) => number | undefined,
    isAvailableWithout: (excluded: ReadonlySet<number>) => boolean,
  ): ReadonlySet<number> | undefined
}

/** 64 bits as two unsigned halves. */
export interface HashKey {
  readonly high: number
  readonly low: number
}

export type Pick =
  | { readonly kind: 'host'; readonly host: Host }
  /** `isUnknown`: the host that has to get the request is none of the cluster's. */
  | { readonly kind: 'none'; readonly flag: ResponseFlag; readonly detail: string; readonly isUnknown?: true }
  /** The host has to be looked up: `callback` is called later, with another kind, unless the choice is cancelled. */
  | {
      readonly kind: 'later'
      readonly whenChosen: (callback: (pick: Pick) => void) => void
      readonly cancel: () => void
    }

export type PoolFailure = 'overflow' | 'local-connection-failure' | 'remote-connection-failure' | 'timeout'

export interface PoolCallbacks {
  /** A stream is open on a connection to `upstream.host`. May be called before `newStream` returns. */
  onPoolReady(encoder: RequestEncoder, upstream: UpstreamInfo, protocol: Protocol): void
  /** `host` is undefined when the request was not even let wait for it. */
  onPoolFailure(reason: PoolFailure, transportFailureReason: string, host: Host | undefined): void
}

export interface Cancellable {
  /** No callback comes after this. */
  cancel(): void
}

/** The connections of this thread to one host, of one priority. */
export interface HttpPool {
  readonly host: Host
  /** Asks for a stream; `decoder` gets its response. undefined when a callback was already made. */
  newStream(decoder: ResponseDecoder, callbacks: PoolCallbacks): Cancellable | undefined
}

/** A connection whose bytes go to whoever asked for it. */
export interface ReadableConnection extends Connection {
  addReadFilter(filter: ReadFilter): void
}

export interface TcpPoolCallbacks {
  /** The connection is the caller's until it closes it; read filters and callbacks are to be added now. */
  onPoolReady(connection: ReadableConnection, upstream: UpstreamInfo): void
  /** `host` is undefined when nobody is let wait for it. */
  onPoolFailure(reason: PoolFailure, transportFailureReason: string, host: Host | undefined): void
}

export interface TcpPool {
  /**
   * Asks for a connection of one's own. undefined when a callback was already made. `whenCancelled`: what becomes of one
   * that is on its way then and that nobody else waits for; kept, it is for who comes next.
   */
  newConnection(callbacks: TcpPoolCallbacks, whenCancelled: 'close' | 'keep'): Cancellable | undefined
}
