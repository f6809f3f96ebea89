/** What a thread keeps of a cluster that serves: what it was told, and what it made of it at the first use. */
import type { AnnouncedHosts } from './announced-hosts.ts'
import type { EndpointHost } from './endpoint-host.ts'
import type { PriorityWeights } from './orca/locality-weights.ts'
import type { OwnCluster } from './own-cluster.ts'
import type { CommonClusterSettings, ThreadClusterSettings, ThreadClusterShared } from './thread-settings.ts'
import type { Transports } from './transport/transports.ts'

export interface AnnouncedCluster {
  readonly name: string
  /** `CommonClusterSettings`, which equal clusters share. */
  readonly resource: string
  readonly shared: ThreadClusterShared
}

/** A cluster serves from its first hosts on; until then the one before it goes on, if there is one. */
export interface ClusterEntry extends AnnouncedCluster {
  hosts: AnnouncedHosts
  /** undefined: nobody weighs them. */
  localityWeights: readonly PriorityWeights[] | undefined
  /** Those of `cluster`, by id, once it is made. */
  known: Map<number, EndpointHost>
  /** undefined: none of its hosts has a socket that does anything. */
  transports: Transports | undefined
  cluster: OwnCluster | undefined
  /** In `clusters_inflated`. */
  inflated: boolean
}

/** Written by the main thread's commonClusterSettings. */
export function settingsOf({ name, resource, shared }: AnnouncedCluster): ThreadClusterSettings {
  return { ...(JSON.parse(resource) as CommonClusterSettings), name, observabilityName: shared.observabilityName }
}
