import type { Formatter } from './access-log.ts'
import type { RequestHeaders, ResponseHeaders } from './headers.ts'
import type { RateLimitPolicy } from './rate-limit.ts'
import type { FractionalPercent, Runtime } from './runtime.ts'
import type { StreamInfo } from './stream-info.ts'
import type { CustomTag } from './tracing.ts'
import type { HashKey, Host } from './upstream.ts'

/*
 * What the connection manager and the filters see of routing. The table behind it (virtual hosts, matchers,
 * rewrites) is the router room's; it is immutable and replaced whole.
 */

export interface RouteConfig {
  readonly name: string
  /** Request headers that only internal clients may send (lower case). */
  readonly internalOnlyHeaders?: readonly string[]
  /** The first route that matches, or undefined (404). `randomValue` decides weighted clusters and runtime fractions. */
  route(headers: RequestHeaders, streamInfo: StreamInfo, randomValue: number): Route | undefined
}

/** A stream takes `current` when its headers are complete and keeps it. */
export interface RouteConfigProvider {
  readonly current: RouteConfig | undefined
  /**
   * Asks for what this request lacks. `done` once, possibly at once: true when `current` may know the request now. Absent
   * where nothing can be asked for.
   */
  requestUpdate?(headers: RequestHeaders, done: (found: boolean) => void): void
}

/** Scopes of requests that come from elsewhere, on one thread. */
export interface ScopedRoutes {
  /** By the key of the scope; replaced whole. */
  readonly current: ReadonlyMap<string, RouteConfigProvider>
  /** Asks for the table of a scope; `done` once, possibly at once, with whether there is one. */
  request(scopeKey: string, done: (found: boolean) => void): void
}

/** A chosen route: either forwards (`entry`) or answers by itself (`directResponse`). */
export interface Route {
  readonly name: string
  readonly virtualHost: VirtualHost
  readonly entry: RouteEntry | undefined
  readonly directResponse: DirectResponse | undefined
  /** Most specific typed_per_filter_config for the filter of this name, as the filter's own `parse` returned it. */
  perFilterConfig(filterName: string): unknown
  /** Those of all levels: table, virtual host, route, weighted cluster; in this order. */
  perFilterConfigs(filterName: string): readonly unknown[]
  /** False when the route (or its virtual host …) disables the filter, true when it enables it, undefined: no word. */
  filterEnabled(filterName: string): boolean | undefined
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly tracing?: RouteTracing | undefined
  /**
   * The route with another cluster, for one more attempt; absent where there is no choice. `tried` is the request's own, and
   * empty at first.
   */
  readonly refresh?: ((request: RouteRequest, runtime: Runtime, tried: Set<number>) => Route) | undefined
}

/** What decides between the clusters of a route. */
export interface RouteRequest {
  readonly headers: RequestHeaders
  readonly streamInfo: StreamInfo
  readonly random: number
}

/** `decorator` and `tracing` of a route. */
export interface RouteTracing {
  /** Name of the operation, as wire text; undefined without a decorator. */
  readonly operation: string | undefined
  /** The name is told to whoever is on the other side. */
  readonly propagates: boolean
  /** In place of the connection manager's; undefined without `tracing`. */
  readonly sampling: TraceSampling | undefined
  /** These as well. */
  readonly customTags?: readonly CustomTag[] | undefined
  /** What spans of the request and of its attempts are called in the end. */
  readonly operationFormat?: Formatter | undefined
  readonly upstreamOperationFormat?: Formatter | undefined
}

/** How many requests are traced: because their client asks, by chance, and at most of all. */
export interface TraceSampling {
  readonly client: FractionalPercent
  readonly random: FractionalPercent
  readonly overall: FractionalPercent
}

export interface VirtualHost {
  readonly name: string
  readonly routeConfigName: string
  readonly includeAttemptCountInRequest: boolean
  readonly includeAttemptCountInResponse: boolean
  /** Tell the upstream by x-envoy-is-timeout-retry why it is asked again. */
  readonly includeIsTimeoutRetryHeader: boolean
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly rateLimits: RateLimitPolicy
  /** Of the old `cors` field. */
  readonly cors: CorsPolicy | undefined
  /** The first virtual cluster that matches, `other` when there are some and none does, undefined when there are none. */
  virtualCluster(headers: RequestHeaders): VirtualCluster | undefined
}

/** A kind of request that is counted by itself, under `vhost.<host>.vcluster.<name>.`. */
export interface VirtualCluster {
  readonly name: string
  /** Takes what no configured one takes: counted by its name, which no log prints. */
  readonly catchesRest?: boolean
  readonly stats: RouteTrafficStats | undefined
}

/** What is counted for a virtual cluster or for a route with `stat_prefix`. */
export interface RouteTrafficStats {
  /** A response, also one that we made: code and class counters, upstream_rq_completed. */
  response(status: number): void
  responseTime(ms: number): void
  counter(name: RouteTrafficCounter): { inc(): void }
}

export type RouteTrafficCounter =
  | 'upstream_rq_total'
  | 'upstream_rq_timeout'
  | 'upstream_rq_retry'
  | 'upstream_rq_retry_limit_exceeded'
  | 'upstream_rq_retry_overflow'
  | 'upstream_rq_retry_success'

/** Which origins may use a route. Texts are header values as configured, '' for none. */
export interface CorsPolicy {
  /** undefined: no origins are named, the less specific policy's are meant. */
  readonly allowsOrigin: ((origin: string) => boolean) | undefined
  readonly allowMethods: string
  readonly allowHeaders: string
  readonly exposeHeaders: string
  readonly maxAge: string
  /** undefined: as the less specific policy says, in the end false (the last one: true). */
  readonly allowCredentials: boolean | undefined
  readonly allowPrivateNetworkAccess: boolean | undefined
  readonly forwardNotMatchingPreflights: boolean | undefined
  /** The policy is in force for the request with this random number. */
  enabled(runtime: Runtime, random: number): boolean
  /** It only counts what it would do. */
  shadowEnabled(runtime: Runtime, random: number): boolean
}

/** A route that answers: with a body, or with a redirect. */
export interface DirectResponse {
  readonly status: number
  /** Location of a redirect, or undefined for a direct response. */
  newUri(headers: RequestHeaders, streamInfo: StreamInfo): string | undefined
  readonly body: string
  /** The body where a format makes it; undefined where it is always `body`. */
  formatBody(headers: RequestHeaders, streamInfo: StreamInfo): DirectBody | undefined
  /** Adds and removes response headers of route, virtual host and table. */
  finalizeResponseHeaders(headers: ResponseHeaders, streamInfo: StreamInfo): void
}

export interface DirectBody {
  readonly body: string
  /** undefined: text/plain. */
  readonly contentType: string | undefined
}

/** envoy.config.route.v3.RetryPolicy as configured; request headers may widen it. */
export interface RetryPolicy {
  /** Tokens of retry_on, HTTP and gRPC alike. */
  readonly retryOn: ReadonlySet<string>
  readonly numRetries: number
  /** Each retry chooses the cluster anew. */
  readonly refreshesCluster: boolean
  /** ms; 0 = none. */
  readonly perTryTimeoutMs: number
  readonly perTryIdleTimeoutMs: number
  readonly retriableStatusCodes: readonly number[]
  /** Undefined: what the runtime says. */
  readonly backOffBaseMs: number | undefined
  /** Undefined: ten times the base. */
  readonly backOffMaxMs: number | undefined
  /** Avoid hosts that were tried already / that this says; how often to choose anew. */
  readonly avoidsPreviousHosts: boolean
  omitsHost(host: Host): boolean
  readonly hostSelectionMaxAttempts: number
  /** After so many attempts the priorities that were tried are left out; undefined: never. */
  readonly priorityUpdateFrequency: number | undefined
  /** False: a request without any of `retriable_request_headers`, never tried again. */
  isRetriableRequest(headers: RequestHeaders): boolean
  /** ms that the response asks to wait (rate_limited_retry_back_off), undefined when it does not. `wallNow` in ms. */
  resetIntervalMs(headers: ResponseHeaders, wallNow: number): number | undefined
  /** A header that makes any response retriable (retriable-headers). */
  isRetriableResponse(headers: ResponseHeaders): boolean
}

/** The timeouts of one request. */
export interface RequestTimeouts {
  /** ms from the complete request to the complete response; 0 = none. */
  readonly globalMs: number
  /** ms for one attempt; 0 = none (or not below the global one). */
  readonly perTryMs: number
  /** ms for an attempt without any progress of its response; 0 = none. */
  readonly perTryIdleMs: number
  /** ms that the stream of an attempt may last; 0 = none. */
  readonly maxDurationMs: number
  /** An attempt that takes longer than `perTryMs` goes on, and another one is started beside it. */
  readonly hedges: boolean
  /** An upstream that speaks gRPC is told by grpc-timeout as well. */
  readonly setsGrpcTimeout: boolean
  /** Answer of a timeout: 504, or 204 for who asked for that. */
  readonly status: 204 | 504
  /** What x-envoy-expected-rq-timeout-ms says of an attempt that has all the time; '' when nothing limits it. */
  readonly expectedMs: string
}

/** A route that forwards, as it is for one request. */
export interface RouteEntry {
  /** Resolved for this request (weighted choice, cluster_header). */
  readonly clusterName: string
  /** Status when the cluster is unknown: 503 unless configured. */
  readonly clusterNotFoundStatus: number
  /** ms; 0 = none. */
  readonly timeoutMs: number
  /** Where no header of the request says anything else. */
  readonly timeouts: RequestTimeouts
  /** Of the stream, like the next one; 0: none, undefined: the connection manager's. */
  readonly idleTimeoutMs: number | undefined
  readonly maxStreamDurationMs: number | undefined
  /** The client may say by grpc-timeout how long its stream lasts. */
  readonly grpcTimeoutHeader: { readonly maxMs: number; readonly offsetMs: number } | undefined
  /** The route limits streams by duration, so that `timeoutMs` is 0. */
  readonly usesStreamDuration: boolean
  /** Older: grpc-timeout takes the place of the timeout, at most `maxMs` (0: any). */
  readonly maxGrpcTimeout: { readonly maxMs: number; readonly offsetMs: number } | undefined
  readonly priority: 'default' | 'high'
  readonly autoHostRewrite: boolean
  /** Of a route with `stat_prefix`. */
  readonly stats: RouteTrafficStats | undefined
  /** How much of the body is kept for retries; undefined: as much as the connection allows. */
  readonly bodyBufferLimitBytes: number | undefined
  readonly retryPolicy: RetryPolicy | undefined
  /** A slow attempt goes on while another one is made beside it. */
  readonly hedgesOnPerTryTimeout: boolean
  readonly appendXForwardedHost: boolean
  readonly rateLimits: RateLimitPolicy
  /** The limits of the virtual host apply beside those of the route. */
  readonly includeVirtualHostRateLimits: boolean
  /** Of the old `cors` field. */
  readonly cors: CorsPolicy | undefined
  /** What the hosts must have in `envoy.lb`, without what the request adds. */
  readonly metadataMatch: Readonly<Record<string, unknown>> | undefined
  /** undefined: the route has no hash policy. */
  readonly hashPolicy: HashPolicy | undefined
  readonly mirrorPolicies: readonly MirrorPolicy[]
  /** undefined: CONNECT is forwarded as it is. */
  readonly connectConfig: ConnectConfig | undefined
  /** undefined: redirects go to the client. */
  readonly internalRedirectPolicy: InternalRedirectPolicy | undefined
  /** True / false when the route enables / disables the upgrade type, undefined: no word. */
  upgradeEnabled(type: string): boolean | undefined
  /** Rewrites path and host, adds and removes request headers. */
  finalizeRequestHeaders(headers: RequestHeaders, streamInfo: StreamInfo, namesOriginals: boolean): void
  finalizeResponseHeaders(headers: ResponseHeaders, streamInfo: StreamInfo): void
}

/** What a request is hashed by, for balancers that send equal hashes to equal hosts. */
export interface HashPolicy {
  /** undefined when no policy finds anything. `addCookie` gets the cookie that a policy wants the client to have. */
  hash(
    headers: RequestHeaders,
    streamInfo: StreamInfo,
    addCookie: ((cookie: HashCookie) => string) | undefined,
  ): HashKey | undefined
}

/** A copy of requests for another cluster, whose answers are dropped. */
export interface MirrorPolicy {
  /** undefined when the header that names it is absent. */
  clusterName(headers: RequestHeaders): string | undefined
  applies(runtime: Runtime, random: number): boolean
  /** Of the span of the copy; undefined: as the original's. */
  readonly traceSampled: boolean | undefined
  /** Changes the copy of the headers. */
  prepare(copy: RequestHeaders, streamInfo: StreamInfo): void
}

/** Redirects of upstreams that are followed here instead of being sent to the client. */
export interface InternalRedirectPolicy {
  /** How often one request is sent on. */
  readonly maxRedirects: number
  readonly codes: readonly number[]
  readonly predicates: readonly RedirectPredicate[]
  readonly allowsCrossScheme: boolean
  /** Headers (lower case) of the response that the next request takes over. */
  readonly headersToCopy: readonly string[]
}

/** False: the redirect goes to the client. */
export type RedirectPredicate = (step: RedirectStep) => boolean

export interface RedirectStep {
  /** Names of routes. */
  readonly from: string
  readonly target: string
  readonly fromHttps: boolean
  readonly toHttps: boolean
  readonly history: RedirectHistory
}

/** What happened to a request so far; goes along with it. */
export interface RedirectHistory {
  count: number
  /** By the route that they came from. */
  readonly targets: Map<string, Set<string>>
}

/** CONNECT (and POST, where allowed) ends here, and its bytes go on to a plain connection. */
export interface ConnectConfig {
  readonly allowsPost: boolean
  /** Tells the upstream of the client by a PROXY protocol header. */
  readonly proxyProtocol: 'V1' | 'V2' | undefined
}

/** A cookie to be made; who makes it returns its value. */
export interface HashCookie {
  readonly name: string
  /** Everything behind the value, beginning with `; `. */
  readonly attributes: string
}
