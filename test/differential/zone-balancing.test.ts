/* Balancing by zone: the proxy belongs to a cluster, and prefers hosts of its own locality as far as that is fair. */
import { afterAll, beforeAll } from 'bun:test'
import { httpListener, routeTo } from '../support/configs.ts'
import { AddressedBackend, hostsOf } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'
import { sharesNear } from './support/shares.ts'

const REQUESTS = 500

const backend = new AddressedBackend()
beforeAll(() => backend.start())
afterAll(() => backend.close())

interface Place {
  readonly zone: string
  readonly hosts: readonly number[]
  readonly unhealthy?: readonly number[]
  readonly weight?: number
  readonly localityWeight?: number
  readonly priority?: number
}

const endpoints = (places: readonly Place[]): readonly object[] =>
  places.map(({ zone, hosts, unhealthy = [], weight = 1, localityWeight, priority = 0 }) => ({
    locality: { region: 'r', zone },
    priority,
    ...(localityWeight === undefined ? {} : { load_balancing_weight: localityWeight }),
    lb_endpoints: hosts.map((host) => ({
      endpoint: backend.endpoint(host),
      load_balancing_weight: weight,
      health_status: unhealthy.includes(host) ? 'UNHEALTHY' : 'HEALTHY',
    })),
  }))

const cluster = (name: string, places: readonly Place[], more: object = {}): object => ({
  name,
  type: 'STATIC',
  load_assignment: { cluster_name: name, endpoints: endpoints(places) },
  ...more,
})

const POLICIES = 'type.googleapis.com/envoy.extensions.load_balancing_policies'
const policy = (name: string, type: string, zoneAware: object): object => ({
  load_balancing_policy: {
    policies: [
      {
        typed_extension_config: {
          name,
          typed_config: {
            '@type': `${POLICIES}.${name}.v3.${type}`,
            locality_lb_config: { zone_aware_lb_config: zoneAware },
          },
        },
      },
    ],
  },
})
const legacy = (zoneAware: object): object => ({ common_lb_config: { zone_aware_lb_config: zoneAware } })
const small = { min_cluster_size: 1 }

const equal: readonly Place[] = [
  { zone: 'a', hosts: [1, 2, 3] },
  { zone: 'b', hosts: [4, 5, 6] },
]
const uneven: readonly Place[] = [
  { zone: 'a', hosts: [1, 2] },
  { zone: 'b', hosts: [3, 4, 5, 6] },
]

interface Case {
  readonly name: string
  readonly places: readonly Place[]
  readonly more?: object
  readonly shares: Readonly<Record<string, number>>
}

const sixth = 1 / 6
const all = { 1: sixth, 2: sixth, 3: sixth, 4: sixth, 5: sixth, 6: sixth }
const direct = { 1: 1 / 3, 2: 1 / 3, 3: 1 / 3 }
const residual = { 1: 1 / 3, 2: 1 / 3, 3: 1 / 12, 4: 1 / 12, 5: 1 / 12, 6: 1 / 12 }

const cases: readonly Case[] = [
  { name: 'direct', places: equal, shares: direct },
  { name: 'residual', places: uneven, shares: residual },
  { name: 'least', places: uneven, more: { lb_policy: 'LEAST_REQUEST' }, shares: residual },
  { name: 'random', places: uneven, more: { lb_policy: 'RANDOM' }, shares: residual },
  { name: 'ring', places: equal, more: { lb_policy: 'RING_HASH' }, shares: all },
  { name: 'few', places: uneven, more: legacy({ min_cluster_size: 7 }), shares: all },
  { name: 'off', places: equal, more: legacy({ routing_enabled: { value: 0 } }), shares: all },
  {
    name: 'half',
    places: equal,
    more: legacy({ routing_enabled: { value: 50 } }),
    shares: { 1: 0.25, 2: 0.25, 3: 0.25, 4: 1 / 12, 5: 1 / 12, 6: 1 / 12 },
  },
  {
    name: 'forced',
    places: uneven,
    more: policy('round_robin', 'RoundRobin', { force_local_zone: {} }),
    shares: { 1: 0.5, 2: 0.5 },
  },
  {
    name: 'too-few-to-force',
    places: uneven,
    more: policy('random', 'Random', { force_local_zone: { min_size: 3 } }),
    shares: residual,
  },
  {
    name: 'older-force',
    places: uneven,
    more: policy('least_request', 'LeastRequest', { force_locality_direct_routing: true }),
    shares: { 1: 0.5, 2: 0.5 },
  },
  {
    name: 'by-weight',
    places: [{ zone: 'a', hosts: [1, 2], weight: 2 }, uneven[1]!],
    more: policy('round_robin', 'RoundRobin', { locality_basis: 'HEALTHY_HOSTS_WEIGHT' }),
    shares: { 1: 0.5, 2: 0.5 },
  },
  {
    name: 'no-own',
    places: [
      { zone: 'c', hosts: [1, 2, 3] },
      { zone: 'b', hosts: [4, 5, 6] },
    ],
    shares: direct,
  },
  { name: 'one-zone', places: [{ zone: 'b', hosts: [1, 2, 3, 4, 5, 6] }], shares: all },
  {
    name: 'unwell',
    places: [{ zone: 'a', hosts: [1, 2, 3], unhealthy: [2, 3] }, equal[1]!],
    more: legacy(small),
    shares: { 1: 0.5, 4: sixth, 5: sixth, 6: sixth },
  },
  {
    name: 'panic',
    places: [
      { zone: 'a', hosts: [1, 2, 3], unhealthy: [2, 3] },
      { zone: 'b', hosts: [4, 5, 6], unhealthy: [4, 5] },
    ],
    shares: all,
  },
  {
    name: 'weighted',
    places: [
      { zone: 'a', hosts: [1, 2, 3], localityWeight: 1 },
      { zone: 'b', hosts: [4, 5, 6], localityWeight: 3 },
    ],
    more: { common_lb_config: { locality_weighted_lb_config: {} } },
    shares: { 1: 1 / 12, 2: 1 / 12, 3: 1 / 12, 4: 0.25, 5: 0.25, 6: 0.25 },
  },
  {
    name: 'unweighted',
    places: equal,
    more: { common_lb_config: { locality_weighted_lb_config: {} } },
    shares: direct,
  },
]

/** No request finds a host. */
const failing: Omit<Case, 'shares'> = {
  name: 'panic-fails',
  places: [
    { zone: 'a', hosts: [1, 2, 3], unhealthy: [2, 3] },
    { zone: 'b', hosts: [4, 5, 6], unhealthy: [4, 5] },
  ],
  more: legacy({ ...small, fail_traffic_on_panic: true }),
}

const proxies = (more: object = {}): object =>
  cluster(
    'proxies',
    [
      { zone: 'a', hosts: [8] },
      { zone: 'b', hosts: [9] },
    ],
    more,
  )

const bootstrap = (clusters: readonly object[], node: object) => () => ({
  node,
  cluster_manager: { local_cluster_name: 'proxies' },
  static_resources: {
    listeners: [
      httpListener('front', {
        routes: [...cases, failing].map(({ name }) => ({ match: { path: `/${name}` }, route: { cluster: name } })),
      }),
    ],
    clusters,
  },
})

const STRUCTURES = /lb_(zone_cluster_too_small|local_cluster_not_ok|recalculate_zone_structures)$/
const ZONES = /lb_(zone_\w+|local_cluster_not_ok|recalculate_zone_structures|healthy_panic)$/
const BY_CHANCE = /\.(half|residual|least|random|too-few-to-force|unwell)\.lb_zone_routing_\w+$/
const node = { locality: { region: 'r', zone: 'a' } }

async function shares(side: Side, names?: readonly string[]): Promise<void> {
  for (const { name, shares: wanted } of cases) {
    if (names?.includes(name) === false) continue
    side.note(name, sharesNear(await hostsOf(side, `/${name}`, REQUESTS), wanted, 0.085))
  }
}

differential('balancing by zone', {
  bootstrap: () =>
    bootstrap([proxies(), ...[...cases, failing].map(({ name, places, more }) => cluster(name, places, more))], node)(),
  stats: ZONES,
  volatile: BY_CHANCE,
  traffic: async (side) => {
    await shares(side)
    await side.send('panic fails', 'front', 'GET /panic-fails HTTP/1.1\r\nhost: a\r\n\r\n')
  },
})

differential('balancing by zone: the local cluster comes last, and the zone from the command line', {
  bootstrap: () =>
    bootstrap([...[...cases, failing].map(({ name, places, more }) => cluster(name, places, more)), proxies()], {
      locality: { region: 'r' },
    })(),
  flags: ['--service-zone', 'a'],
  stats: STRUCTURES,
  traffic: (side) => shares(side, ['direct', 'residual', 'few']),
})

differential('balancing by zone: not without a place of its own, and responses are counted by zone', {
  bootstrap: () => ({
    ...bootstrap([proxies(), cluster('direct', equal), cluster('residual', uneven)], { locality: { zone: 'x' } })(),
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('direct', '/direct'), routeTo('residual')] })],
      clusters: [proxies(), cluster('direct', equal), cluster('residual', uneven)],
    },
  }),
  stats: /lb_zone|lb_local|lb_recalc|\.zone\./,
  volatile: BY_CHANCE,
  traffic: async (side) => {
    side.note('hosts', [...new Set(await hostsOf(side, '/direct', 60))].sort().join(''))
    side.note('other', [...new Set(await hostsOf(side, '/other', 60))].sort().join(''))
  },
})
