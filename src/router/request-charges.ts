/** What one request adds to the statistics of its cluster, its virtual cluster and its route. */
import type { RequestHeaders } from '../api/headers.ts'
import type { RouteTrafficCounter, RouteTrafficStats } from '../api/route.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { ClusterTrafficStats, Host } from '../api/upstream.ts'

export class RequestCharges {
  readonly #cluster: ClusterTrafficStats
  readonly #virtualCluster: RouteTrafficStats | undefined
  readonly #route: RouteTrafficStats | undefined
  readonly #internal: boolean
  /** Health checks count for nothing, nor does anything when `dynamic_stats` is off. */
  readonly #counts: boolean

  constructor(
    cluster: ClusterTrafficStats,
    virtualCluster: RouteTrafficStats | undefined,
    route: RouteTrafficStats | undefined,
    headers: RequestHeaders,
    info: StreamInfo,
    dynamicStats: boolean,
  ) {
    this.#cluster = cluster
    this.#virtualCluster = virtualCluster
    this.#route = route
    this.#internal = headers.get('x-envoy-internal') === 'true'
    this.#counts = dynamicStats && info.healthCheck !== true
  }

  /** A response that the client gets, made by `host` or (without) by us. */
  response(status: number, canary: boolean, host: Host | undefined): void {
    if (!this.#counts) return
    this.#cluster.response(status, this.#internal, canary)
    this.#virtualCluster?.response(status)
    this.#route?.response(status)
    if (status >= 500) host?.stats.rqError()
  }

  responseTime(ms: number, canary: boolean): void {
    if (!this.#counts) return
    this.#cluster.responseTime(ms, this.#internal, canary)
    this.#virtualCluster?.responseTime(ms)
    this.#route?.responseTime(ms)
  }

  retriedResponse(status: number): void {
    this.#cluster.retriedResponse(status)
  }

  /** Counters that clusters have as well. */
  count(counter: Exclude<RouteTrafficCounter, 'upstream_rq_total'>): void {
    this.#cluster.counter(counter).inc()
    this.#virtualCluster?.counter(counter).inc()
    this.#route?.counter(counter).inc()
  }

  /** A stream of a pool was got; the pool has counted it for the cluster. */
  upstreamRequest(): void {
    this.#virtualCluster?.counter('upstream_rq_total').inc()
    this.#route?.counter('upstream_rq_total').inc()
  }
}
