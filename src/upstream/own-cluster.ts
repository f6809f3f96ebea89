/** A cluster as the thread that owns it sees it. */
import type { ThreadCluster } from '../api/upstream.ts'
import type { EndpointHost } from './endpoint-host.ts'
import type { PriorityWeights } from './orca/locality-weights.ts'
import type { PlacedHost, PlacedHosts } from './thread-cluster.ts'

export interface OwnCluster extends ThreadCluster {
  /** A new snapshot. `removed` are in none any more. */
  setHosts(hosts: PlacedHosts, removed: readonly EndpointHost[]): void
  /** The snapshot, with what has changed of single hosts since. */
  readonly placedHosts: readonly PlacedHost[]
  /** Other weights of hosts that it has, by number of the host. */
  setWeights(weights: ReadonlyMap<number, number>): void
  /** How much each locality gets, by priority. */
  setLocalityWeights(weights: readonly PriorityWeights[]): void
  /** One host more, or one that has changed. */
  setHost(host: PlacedHost): void
  removeHost(host: EndpointHost): void
  /** A check or outlier detection failed it: what is connected may be why. */
  onHostFailed(host: EndpointHost): void
  /** The host that this thread made and announced so; undefined: another one did. */
  adopt(token: string): EndpointHost | undefined
  /** The hosts of the cluster that this proxy belongs to have changed. */
  onLocalClusterChanged(): void
  /** The cluster is removed or replaced. */
  drain(): void
}
