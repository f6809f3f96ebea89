/**
 * Connections to the hosts that will be chosen next, for policies that can tell (Envoy's
 * ClusterManagerImpl::maybePreconnect): hosts are chosen ahead, and what was chosen ahead is what requests get.
 */
import type { LoadBalancerContext, ResourcePriority } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import { needsConnection } from './needs-connection.ts'
import type { PoolLoad } from './pool-load.ts'

/** For one request. */
const AT_ONCE = 3

/** Where connections are made ahead: the pools of what the request is. */
export interface PoolsToConnect {
  get(
    host: EndpointHost,
    priority: ResourcePriority,
    context: LoadBalancerContext,
  ): { preconnect(ratio: number): boolean } | undefined
}

export interface PredictivePreconnectDeps {
  readonly ratio: number
  /** Of all clusters of the thread: what one has to spare counts for the others, as in Envoy. */
  readonly load: PoolLoad
  /** How many hosts are healthy. */
  readonly healthyHosts: () => number
  readonly choose: (context: LoadBalancerContext) => EndpointHost | undefined
}

export class PredictivePreconnect {
  readonly #deps: PredictivePreconnectDeps
  /** In the order of choice. */
  readonly #ahead: EndpointHost[] = []

  constructor(deps: PredictivePreconnectDeps) {
    this.#deps = deps
  }

  /** The host that was chosen ahead for this request; undefined: none was. */
  take(context: LoadBalancerContext): EndpointHost | undefined {
    for (let tries = 0; tries <= context.hostSelectionRetryCount; tries++) {
      const host = this.#ahead.shift()
      if (host === undefined || !context.shouldSelectAnotherHost(host)) return host
    }
    return undefined
  }

  /** There are other hosts now. */
  forget(): void {
    this.#ahead.length = 0
  }

  /** A request is about to ask one of these pools. */
  onRequest(pools: PoolsToConnect, priority: ResourcePriority, context: LoadBalancerContext): void {
    const { ratio, load, choose, healthyHosts } = this.#deps
    for (let i = 0; i < AT_ONCE; i++) {
      const { waiting, active, free } = load
      if (!needsConnection(waiting + 1, active, free, ratio)) return
      // As many as there are hosts may be chosen ahead.
      if (this.#ahead.length >= healthyHosts()) return
      const host = choose(context)
      if (host === undefined) return
      this.#ahead.push(host)
      if (pools.get(host, priority, context)?.preconnect(ratio) !== true) return
    }
  }
}
