/** What one request adds to the statistics of its cluster, its virtual cluster and its route. */
import type { RouteTrafficCounter, RouteTrafficStats } from '../api/route.ts'
import type { ClusterRequestCounter, ClusterTrafficStats, Host } from '../api/upstream.ts'
import type { AlternateStats } from './alternate-stats.ts'

/** Who else counts, besides the cluster. */
export interface ChargedToo {
  readonly virtualCluster: RouteTrafficStats | undefined
  readonly route: RouteTrafficStats | undefined
  readonly alternate: AlternateStats | undefined
}

export class RequestCharges {
  readonly #cluster: ClusterTrafficStats
  readonly #others: ChargedToo
  readonly #internal: boolean
  /** False for health checks, and where `dynamic_stats` is off: responses and times are not counted. */
  readonly #counts: boolean

  constructor(cluster: ClusterTrafficStats, others: ChargedToo, internal: boolean, counts: boolean) {
    this.#cluster = cluster
    this.#others = others
    this.#internal = internal
    this.#counts = counts
  }

  /** A response that the client gets, made by `host` or (without) by us. */
  response(status: number, canary: boolean, host: Host | undefined): void {
    if (!this.#counts) return
    const { virtualCluster, route, alternate } = this.#others
    this.#cluster.response(status, this.#internal, canary)
    virtualCluster?.response(status)
    route?.response(status)
    alternate?.response(status, this.#internal)
    if (status >= 500) host?.stats.rqError()
  }

  responseTime(ms: number, canary: boolean): void {
    if (!this.#counts) return
    this.#cluster.responseTime(ms, this.#internal, canary)
    this.#others.virtualCluster?.responseTime(ms)
    this.#others.route?.responseTime(ms)
    this.#others.alternate?.responseTime(ms, this.#internal)
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
    this.#others.virtualCluster?.counter(counter).inc()
    this.#others.route?.counter(counter).inc()
  }

  /** A stream of a pool was got; the pool has counted it for the cluster. */
  upstreamRequest(): void {
    this.#others.virtualCluster?.counter('upstream_rq_total').inc()
    this.#others.route?.counter('upstream_rq_total').inc()
  }
}
