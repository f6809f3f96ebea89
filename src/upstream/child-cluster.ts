/** A cluster with hosts of its own, as a cluster of clusters on the same thread sees it. */
import type { LoadBalancerContext, ThreadCluster } from '../api/upstream.ts'
import type { EndpointHost } from './endpoint-host.ts'
import type { AssignmentPolicy } from './host-snapshot.ts'
import type { HostSet } from './load-balancer/host-set.ts'
import type { PriorityChoice } from './load-balancer/priority-choice.ts'

export interface ChildCluster extends ThreadCluster {
  /** By priority; there is one at least, and some may be empty. */
  readonly hostSets: readonly HostSet[]
  readonly assignmentPolicy: AssignmentPolicy
  /** By the cluster's own policy, but for the priority, where one is given. undefined: no host can take the request. */
  chooseAt(context: LoadBalancerContext, at?: PriorityChoice): EndpointHost | undefined
}
