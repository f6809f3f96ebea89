/** What one request adds to the statistics of its cluster, its virtual cluster and its route. */
import type { RouteTrafficCounter, RouteTrafficStats } from '../api/route.ts'
import type { ClusterRequestCounter, ClusterTrafficStats, Host } from '../api/upstream.ts'
import type { AlternateStats } from './alternate-stats.ts'

export class RequestCharges {
  readonly #cluster: ClusterTrafficStats
  readonly #virtualCluster: RouteTrafficStats | undefined
  readonly #route: RouteTrafficStats | undefined
  readonly #alternate: AlternateStats | undefined
  readonly #internal: boolean
  /** False for health checks, and where `dynamic_stats` is off: responses and times are not counted. */
  readonly #counts: boolean

  /** Besides the cluster, whatever else is given counts. */
  constructor(
    cluster: ClusterTrafficStats,
    virtualCluster: RouteTrafficStats | undefined,
    route: RouteTrafficStats | undefined,
    alternate: AlternateStats | undefined,
    internal: boolean,
    counts: boolean,
  ) {
    this.#cluster = cluster
    this.#virtualCluster = virtualCluster
    this.#route = route
    this.#alternate = alternate
    this.#internal = internal
    this.#counts = counts
  }

  /** A response that the client gets, made by `host` or (without) by us. */
  response(status: number, canary: boolean, host: Host | undefined): void {
    if (!this.#counts) return
    this.#cluster.response(status, this.#internal, canary, host === undefined ? '' : host.locality.zone)
    this.#virtualCluster?.response(status)
    this.#route?.response(status)
    this.#alternate?.response(status, this.#internal)
    if (status >= 500) host?.stats.rqError()
  }

  responseTime(ms: number, canary: boolean, host: Host): void {
    if (!this.#counts) return
    this.#cluster.responseTime(ms, this.#internal, canary, host.locality.zone)
    this.#virtualCluster?.responseTime(ms)
    this.#route?.responseTime(ms)
    this.#alternate?.responseTime(ms, this.#internal)
  }

  retriedResponse(status: number): void {
    this.#cluster.retriedResponse(status)
  }

  /** Counters that only clusters have. */
  count(counter: ClusterRequestCounter): void {
    this.#cluster.counter(counter).inc()
  }

  /** Counters that all have. */
  countForAll(counter: Exclude<RouteTrafficCounter, 'upstream_rq_total'>): void {
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
