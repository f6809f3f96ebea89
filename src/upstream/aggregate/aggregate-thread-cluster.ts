/**
 * envoy.clusters.aggregate on one thread: it has no hosts and no pools, those of its clusters serve. What the router counts it
 * counts for the aggregate, what pools count for the cluster of the host.
 */
import type {
  ClusterInfo,
  Host,
  HttpPool,
  LoadBalancerContext,
  Pick,
  ResourcePriority,
  TcpPool,
} from '../../api/upstream.ts'
import type { SharedCounters } from '../../stats/shared-counters.ts'
import type { ClusterInfoDeps } from '../cluster-info.ts'
import { createClusterInfo } from '../cluster-info.ts'
import type { ClusterStats } from '../cluster-stats.ts'
import { createClusterStats } from '../cluster-stats.ts'
import { NO_HOST } from '../no-host.ts'
import type { OwnCluster } from '../own-cluster.ts'
import { FailingTcpPool } from '../pool/failing-tcp-pool.ts'
import { createResourceManagers } from '../circuit-breakers/resource-managers.ts'
import type { ThreadClusterSettings } from '../thread-settings.ts'
import type { Scope } from '../../api/stats.ts'
import type { AggregateBalancerDeps } from './aggregate-balancer.ts'
import { AggregateBalancer } from './aggregate-balancer.ts'
import type { ChildCluster } from './child-cluster.ts'

export interface AggregateDeps extends AggregateBalancerDeps, ClusterInfoDeps {
  readonly scope: Scope
  readonly resources: SharedCounters
  /** Another number whenever a cluster of the thread has come, gone or changed its hosts. */
  version(): number
  /** undefined: there is none of this name, or it is an aggregate itself, which has no hosts to give. */
  child(name: string): ChildCluster | undefined
}

export class AggregateThreadCluster implements OwnCluster {
  readonly info: ClusterInfo
  readonly membership = { total: 0, healthy: 0 }
  readonly #names: readonly string[]
  readonly #healthyPanicPercent: number
  readonly #deps: AggregateDeps
  readonly #stats: ClusterStats
  #balancer: AggregateBalancer | undefined = undefined
  /** That `#balancer` was made for. */
  #version = 0

  constructor(settings: ThreadClusterSettings, names: readonly string[], deps: AggregateDeps) {
    this.#names = names
    this.#healthyPanicPercent = settings.healthyPanicPercent
    this.#deps = deps
    const scope = deps.scope.scope('cluster').scope(settings.observabilityName)
    this.#stats = createClusterStats(scope)
    this.info = createClusterInfo(settings, scope, createResourceManagers(settings, deps), deps)
  }

  /** No host is its own, so a host that must be one of its own is not there. */
  chooseHost(context: LoadBalancerContext): Pick {
    const host = context.overrideHost?.strict === true ? undefined : this.#currentBalancer().choose(context)
    if (host !== undefined) return host.asPick
    this.#stats.upstream_cx_none_healthy.inc()
    return NO_HOST
  }

  httpPool(host: Host, priority: ResourcePriority, context: LoadBalancerContext): HttpPool | undefined {
    return this.#deps.child(host.clusterName)?.httpPool(host, priority, context)
  }

  tcpPool(host: Host, priority: ResourcePriority, context: LoadBalancerContext): TcpPool {
    return this.#deps.child(host.clusterName)?.tcpPool(host, priority, context) ?? new FailingTcpPool(host)
  }

  setHosts(): void {}

  setWeights(): void {}

  setHost(): void {}

  removeHost(): void {}

  onHostFailed(): void {}

  adopt(): undefined {}

  onLocalClusterChanged(): void {}

  drain(): void {}

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
