/** How clusters choose that bring a way of their own, which takes the place of a policy: `lb_policy: CLUSTER_PROVIDED`. */
import type { MetadataKey } from '../../config/matchers/metadata-key.ts'

import type { DnsCacheSettings } from '../../api/dns-cache.ts'

export type ProvidedBalancing = AggregateBalancing | OriginalDstBalancing | DynamicForwardProxyBalancing

/** Other clusters, the first one that can serve; their own policies choose the host. */
export interface AggregateBalancing {
  readonly kind: 'aggregate'
  /** Names, in the order of preference; there need not be such clusters. */
  readonly clusters: readonly string[]
}

/** The host is where the client wanted to go, or where the first of these says, in this order: filter state, metadata, header. */
export interface OriginalDstBalancing {
  readonly kind: 'original_dst'
  /** In dynamic metadata; undefined: that has no say. */
  readonly metadataKey: MetadataKey | undefined
  /** In lower case; undefined: headers have no say. */
  readonly headerName: string | undefined
  /** Of every host, whatever port was wanted. */
  readonly portOverride: number | undefined
}

/** The host that the request names, as a DNS cache knows it. */
export interface DynamicForwardProxyBalancing {
  readonly kind: 'dynamic_forward_proxy'
  readonly cache: DnsCacheSettings
  /** Each host is a cluster of its own. */
  readonly hasSubClusters: boolean
  /** `cluster_type` has the name by which filters know such clusters. */
  readonly isKnownByName: boolean
}
