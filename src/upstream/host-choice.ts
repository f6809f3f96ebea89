/** How a cluster with hosts of its own chooses that brings a way to do so, in the place of a policy. */
import type { ClusterInfo, LoadBalancerContext, Pick } from '../api/upstream.ts'
import type { PlacedHost } from './thread-cluster.ts'

export type CreateHostChoice = (cluster: ClusterInfo) => HostChoice

export interface HostChoice {
  choose(context: LoadBalancerContext): Pick
  /** All hosts, in place of those before. */
  setHosts(hosts: readonly PlacedHost[]): void
  /** One more, or one that has changed. */
  setHost(host: PlacedHost): void
  removeHost(host: PlacedHost): void
}
