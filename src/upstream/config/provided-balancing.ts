/** How clusters choose that bring a way of their own, which takes the place of a policy: `lb_policy: CLUSTER_PROVIDED`. */

export type ProvidedBalancing = AggregateBalancing

/** Other clusters, the first one that can serve; their own policies choose the host. */
export interface AggregateBalancing {
  readonly kind: 'aggregate'
  /** Names, in the order of preference; there need not be such clusters. */
  readonly clusters: readonly string[]
}
