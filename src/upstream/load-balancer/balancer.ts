/** What chooses the hosts of a cluster on one thread. Works on a snapshot of host sets and is replaced with it. */
import type { Random } from '../../api/event.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { PriorityHealthPolicy } from '../host-snapshot.ts'
import type { BalancerReport } from './balancer-report.ts'
import type { LocalityTraffic } from './load-aware-balancer.ts'
import type { ZoneDeps } from './local-cluster.ts'
import type { PriorityChoice } from './priority-choice.ts'

export interface Balancer {
  /** `at`: the priority is chosen already. undefined: no host can take the request. */
  choose(context: LoadBalancerContext, at?: PriorityChoice): EndpointHost | undefined
  /** The hosts of the cluster that this proxy belongs to have changed. */
  onLocalClusterChanged?(): void
}

/** What holds for all policies. */
export interface LoadBalancerSettings extends PriorityHealthPolicy {
  readonly healthyPanicPercent: number
  /** Where priorities come from several assignments: what holds for each instead. */
  readonly byPriority?: readonly PriorityHealthPolicy[]
}

export interface LoadBalancerDeps {
  readonly random: Random
  readonly runtime: Runtime
  readonly stats: BalancerStats
  /** Only where it is asked for. */
  readonly report?: BalancerReport | undefined
  /** Where the proxy knows its own cluster, for the other ones. */
  readonly zones?: ZoneDeps | undefined
  /** Where localities are chosen by their load. */
  readonly traffic?: LocalityTraffic | undefined
  /** Wall-clock milliseconds, for slow start. */
  now(): number
  /** Requests in flight to the cluster, over all threads. */
  activeRequests(): number
}

export interface BalancerStats {
  readonly lb_healthy_panic: { inc(): void }
  readonly lb_subsets_selected: { inc(): void }
  readonly lb_subsets_fallback: { inc(): void }
  readonly lb_subsets_fallback_panic: { inc(): void }
}
