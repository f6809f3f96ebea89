/** The ways of balancing that many-hosts.ts compares, as configurations. */

export interface Balancing {
  /** Fields of the cluster. */
  readonly cluster: object
  /** Localities of a load_assignment; `address` of the n-th host. */
  endpoints(address: Address, count: number): readonly object[]
  /** Fields of the route, which leads to the cluster. */
  readonly route?: object
  /** Fields beside static_resources. */
  readonly bootstrap?: object
  moreClusters?(address: Address): readonly object[]
}

type Address = (n: number) => object

const ZONES = ['a', 'b', 'c']
const SHARDS = 5

const together = (address: Address, count: number) => [{ lb_endpoints: endpoints(address, count) }]
const weighted = (address: Address, count: number) => [
  { lb_endpoints: endpoints(address, count, (n) => ({ load_balancing_weight: 1 + (n % 7) })) },
]
const sharded = (address: Address, count: number) => [
  {
    lb_endpoints: endpoints(address, count, (n) => ({
      metadata: { filter_metadata: { 'envoy.lb': { shard: `${n % SHARDS}` } } },
    })),
  },
]

/** Equal parts in each zone. */
const zoned = (address: Address, count: number, weights: readonly number[] = []) =>
  ZONES.map((zone, at) => ({
    locality: { region: 'r', zone },
    ...(weights[at] !== undefined && { load_balancing_weight: weights[at] }),
    lb_endpoints: endpoints((n) => address(n * ZONES.length + at), Math.ceil((count - at) / ZONES.length)),
  }))

const policy = (lb_policy: string) => ({ cluster: { lb_policy }, endpoints: together })

export const balancings: Readonly<Record<string, Balancing>> = {
  'round robin': policy('ROUND_ROBIN'),
  'round robin with weights': { ...policy('ROUND_ROBIN'), endpoints: weighted },
  'least request': policy('LEAST_REQUEST'),
  'least request with weights': { ...policy('LEAST_REQUEST'), endpoints: weighted },
  random: policy('RANDOM'),
  'ring hash': policy('RING_HASH'),
  maglev: policy('MAGLEV'),
  subset: {
    cluster: {
      lb_policy: 'ROUND_ROBIN',
      lb_subset_config: { fallback_policy: 'NO_FALLBACK', subset_selectors: [{ keys: ['shard'] }] },
    },
    endpoints: sharded,
    route: { metadata_match: { filter_metadata: { 'envoy.lb': { shard: '3' } } } },
  },
  'locality weighted': {
    cluster: { lb_policy: 'ROUND_ROBIN', common_lb_config: { locality_weighted_lb_config: {} } },
    endpoints: (address, count) => zoned(address, count, [1, 2, 3]),
  },
  'zone aware': {
    cluster: {
      lb_policy: 'ROUND_ROBIN',
      common_lb_config: { zone_aware_lb_config: { min_cluster_size: 1 } },
    },
    endpoints: (address, count) => zoned(address, count),
    bootstrap: {
      node: { id: 'bench', cluster: 'own', locality: { region: 'r', zone: 'a' } },
      cluster_manager: { local_cluster_name: 'own' },
    },
    moreClusters: (address) => [
      {
        name: 'own',
        type: 'STATIC',
        connect_timeout: '5s',
        // Two of six are near, as a third of the hosts is.
        load_assignment: { cluster_name: 'own', endpoints: zoned(address, 6) },
      },
    ],
  },
}

function endpoints(address: Address, count: number, more: (n: number) => object = () => ({})): readonly object[] {
  return Array.from({ length: count }, (_, n) => ({ endpoint: { address: address(n) }, ...more(n) }))
}
