/** What one request adds to the statistics of its cluster, its virtual cluster and its route. */
import type { RouteTrafficCounter, RouteTrafficStats } from '../api/route.ts'
import type { AlternateTrafficStats, ClusterRequestCounter, ClusterTrafficStats, Host } from '../api/upstream.ts'
import { isServerError } from '../http/server-error.ts'

export class RequestCharges {
  /** That attempts go to at the moment. */
  cluster: ClusterTrafficStats
  readonly #virtualCluster: RouteTrafficStats | undefined
  readonly #route: RouteTrafficStats | undefined
  readonly #alternate: AlternateTrafficStats | undefined
  readonly #internal: boolean
  /** False for health checks, and where `dynamic_stats` is off: responses and times are not counted. */
  readonly #counts: boolean
  /** The cluster's own counters do not tell the status; those by where a request came from do. */
  readonly #hidesStatus: boolean

  /** Besides the cluster, whatever else is given counts. */
  constructor(
    cluster: ClusterTrafficStats,
    virtualCluster: RouteTrafficStats | undefined,
    route: RouteTrafficStats | undefined,
    alternate: AlternateTrafficStats | undefined,
    internal: boolean,
    counts: boolean,
    hidesStatus: boolean,
  ) {
    this.cluster = cluster
    this.#virtualCluster = virtualCluster
    this.#route = route
    this.#alternate = alternate
    this.#internal = internal
    this.#counts = counts
    this.#hidesStatus = hidesStatus
  }

  /** A response that the client gets, made by `host`, in its place, or (without) by us; canary: it says so, or `host` is one. */
  response(status: number, saysCanary: boolean, host: Host | undefined): void {
    if (!this.#counts) return
    const zone = host === undefined ? '' : host.locality.zone
    const canary = saysCanary || host?.canary === true
    this.cluster.response(status, this.#internal, canary, zone, this.#hidesStatus)
    this.#virtualCluster?.response(status)
    this.#route?.response(status)
    this.#alternate?.response(status, this.#internal, canary, zone, this.#hidesStatus)
    if (isServerError(status)) host?.stats.rqError()
  }

  responseTime(ms: number, canary: boolean, host: Host): void {
    if (!this.#counts) return
    this.cluster.responseTime(ms, this.#internal, canary, host.locality.zone)
    this.#virtualCluster?.responseTime(ms)
    this.#route?.responseTime(ms)
    this.#alternate?.responseTime(ms, this.#internal, canary, host.locality.zone)
  }

  retriedResponse(status: number): void {
    this.cluster.retriedResponse(status, this.#hidesStatus)
  }

  /** Counters that only clusters have. */
  count(counter: ClusterRequestCounter): void {
    this.cluster.counter(counter).inc()
  }

  /** Counters that all have. */
  countForAll(counter: Exclude<RouteTrafficCounter, 'upstream_rq_total'>): void {
    this.cluster.counter(counter).inc()
    this.#virtualCluster?.counter(counter).inc()
    this.#route?.counter(counter).inc()
  }

  /** A stream of a pool was got; the pool has counted it for the cluster. */
  upstreamRequest(): void {
    this.#virtualCluster?.counter('upstream_rq_total').inc()
    this.#route?.counter('upstream_rq_total').inc()
  }
}
