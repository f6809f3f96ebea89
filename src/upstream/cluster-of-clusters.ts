/**
 * A cluster on one thread that has no hosts and no pools, as those of other clusters serve. What the router counts it counts
 * for this one, what pools count for the cluster of the host.
 */
import type { Scope } from '../api/stats.ts'
import type {
  ClusterInfo,
  Host,
  HttpPool,
  LoadBalancerContext,
  Pick,
  ResourcePriority,
  TcpPool,
} from '../api/upstream.ts'
import type { SharedCounters } from '../stats/shared-counters.ts'
import type { ChildCluster } from './child-cluster.ts'
import { createResourceManagers } from './circuit-breakers/resource-managers.ts'
import type { ClusterInfoDeps } from './cluster-info.ts'
import { createClusterInfo } from './cluster-info.ts'
import type { ClusterStats } from './cluster-stats.ts'
import { createClusterStats } from './cluster-stats.ts'
import type { OwnCluster } from './own-cluster.ts'
import { FailingTcpPool } from './pool/failing-tcp-pool.ts'
import type { ThreadClusterSettings } from './thread-settings.ts'
import type { Runtime } from '../api/runtime.ts'

export interface ClusterOfClustersDeps extends ClusterInfoDeps {
  readonly scope: Scope
  readonly runtime: Runtime
  readonly resources: SharedCounters
  /** undefined: there is none of this name, or it has no hosts of its own to give. */
  child(name: string): ChildCluster | undefined
}

export abstract class ClusterOfClusters implements OwnCluster {
  readonly info: ClusterInfo
  readonly membership = { total: 0, healthy: 0 }
  readonly placedHosts = []
  readonly #deps: ClusterOfClustersDeps
  readonly #stats: ClusterStats

  constructor(settings: ThreadClusterSettings, deps: ClusterOfClustersDeps) {
    this.#deps = deps
    const scope = deps.scope.scope('cluster').scope(settings.observabilityName)
    this.#stats = createClusterStats(scope)
    this.info = createClusterInfo(settings, scope, createResourceManagers(settings, deps), deps)
  }

  protected abstract choose(context: LoadBalancerContext): Pick

  chooseHost(context: LoadBalancerContext): Pick {
    const pick = this.choose(context)
    if (pick.kind === 'none') this.#stats.upstream_cx_none_healthy.inc()
    return pick
  }

  httpPool(host: Host, priority: ResourcePriority, context: LoadBalancerContext): HttpPool | undefined {
    return this.#deps.child(host.clusterName)?.httpPool(host, priority, context)
  }

  tcpPool(host: Host, priority: ResourcePriority, context: LoadBalancerContext): TcpPool {
    return this.#deps.child(host.clusterName)?.tcpPool(host, priority, context) ?? new FailingTcpPool(host)
  }

  setHosts(): void {}

  setWeights(): void {}

  setLocalityWeights(): void {}

  setHost(): void {}

  removeHost(): void {}

  onHostFailed(): void {}

  adopt(): undefined {}

  onLocalClusterChanged(): void {}

  drain(): void {}
}
