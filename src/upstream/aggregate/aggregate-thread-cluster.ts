/** envoy.clusters.aggregate on one thread. */
import type { LoadBalancerContext, Pick } from '../../api/upstream.ts'
import type { ClusterOfClustersDeps } from '../cluster-of-clusters.ts'
import { ClusterOfClusters } from '../cluster-of-clusters.ts'
import { NO_HOST } from '../no-host.ts'
import type { ThreadClusterSettings } from '../thread-settings.ts'
import type { AggregateBalancerDeps } from './aggregate-balancer.ts'
import { AggregateBalancer } from './aggregate-balancer.ts'

export interface AggregateDeps extends AggregateBalancerDeps, ClusterOfClustersDeps {
  /** Another number whenever a cluster of the thread has come, gone or changed its hosts. */
  version(): number
}

export class AggregateThreadCluster extends ClusterOfClusters {
  readonly #names: readonly string[]
  readonly #healthyPanicPercent: number
  readonly #deps: AggregateDeps
  #balancer: AggregateBalancer | undefined = undefined
  /** That `#balancer` was made for. */
  #version = 0

  constructor(settings: ThreadClusterSettings, names: readonly string[], deps: AggregateDeps) {
    super(settings, deps)
    this.#names = names
    this.#healthyPanicPercent = settings.healthyPanicPercent
    this.#deps = deps
  }

  /** No host is its own, so a host that must be one of its own is not there. */
  protected choose(context: LoadBalancerContext): Pick {
    const host = context.overrideHost?.strict === true ? undefined : this.#currentBalancer().choose(context)
    return host === undefined ? NO_HOST : host.asPick
  }

  #currentBalancer(): AggregateBalancer {
    const version = this.#deps.version()
    if (this.#balancer === undefined || version !== this.#version) {
      this.#version = version
      const clusters = this.#names.flatMap((name) => this.#deps.child(name) ?? [])
      this.#balancer = new AggregateBalancer(clusters, this.#healthyPanicPercent, this.#deps)
    }
    return this.#balancer
  }
}
