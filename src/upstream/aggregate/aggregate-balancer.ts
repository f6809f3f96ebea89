/**
 * Puts the priorities of several clusters in a row, chooses one of them and leaves the rest to its cluster (Envoy docs:
 * intro/arch_overview/upstream/aggregate_cluster). A snapshot: made anew when one of the clusters has changed.
 */
import type { Random } from '../../api/event.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import { CurrentLoad } from '../load-balancer/current-load.ts'
import { choosePriority } from '../load-balancer/priority-choice.ts'
import type { ChildCluster } from '../child-cluster.ts'

export interface AggregateBalancerDeps {
  readonly random: Random
  readonly runtime: Runtime
}

interface Place {
  readonly cluster: ChildCluster
  /** Within the cluster. */
  readonly priority: number
}

export class AggregateBalancer {
  readonly #random: Random
  /** By priority; those without hosts are left out. */
  readonly #places: readonly Place[]
  readonly #currentLoad: CurrentLoad

  constructor(clusters: readonly ChildCluster[], healthyPanicPercent: number, deps: AggregateBalancerDeps) {
    this.#random = deps.random
    this.#places = clusters.flatMap((cluster) =>
      cluster.hostSets.flatMap((set, priority) => (set.all.length === 0 ? [] : [{ cluster, priority }])),
    )
    const sets = this.#places.map(({ cluster, priority }) => cluster.hostSets[priority]!)
    const byPriority = this.#places.map(({ cluster }) => cluster.assignmentPolicy)
    this.#currentLoad = new CurrentLoad({ ...NO_POLICY, healthyPanicPercent, byPriority }, sets, deps.runtime)
  }

  choose(context: LoadBalancerContext): EndpointHost | undefined {
    if (this.#places.length === 0) return undefined
    const { retryPriority } = context
    const load = (retryPriority && this.#currentLoad.ofRetry(retryPriority)) ?? this.#currentLoad.get()
    const choice = choosePriority(load, this.#random.u32())
    const { cluster, priority } = this.#places[choice < 0 ? ~choice : choice]!
    return cluster.chooseAt(context, choice < 0 ? ~priority : priority)
  }
}

/** Each priority has one of its own. */
const NO_POLICY = { overprovisioningFactor: 0, weightedPriorityHealth: false }
