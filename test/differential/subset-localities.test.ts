/* Subsets of clusters whose localities have weights: what of those counts for a subset. */
import { afterAll, beforeAll } from 'bun:test'
import { httpListener } from '../support/configs.ts'
import { AddressedBackend, hostsOf } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'

const backend = new AddressedBackend()
beforeAll(() => backend.start())
afterAll(() => backend.close())

interface Place {
  readonly weight?: number
  /** `1p 2d!`: host 1 of stage p, host 2 of stage d, which is unhealthy. */
  readonly hosts: string
  readonly priority?: number
}

const PLACES: Readonly<Record<string, readonly Place[]>> = {
  even: [
    { weight: 1, hosts: '1p 2p 3d' },
    { weight: 3, hosts: '4p 5d 6d' },
  ],
  odd: [{ weight: 7, hosts: '1p 2d 3d 4d 5d' }, { weight: 2, hosts: '6p 7p' }, { hosts: '8p 9d' }],
  tiny: [
    { weight: 1, hosts: '1p 2d 3d 4d' },
    { weight: 1, hosts: '5p' },
  ],
  unwell: [
    { weight: 1, hosts: '1p 2p! 3d' },
    { weight: 1, hosts: '4p 5d 6d!' },
  ],
  tiers: [
    { weight: 1, hosts: '1p! 2p! 3d' },
    { weight: 2, hosts: '4d' },
    { weight: 3, hosts: '5p 6d', priority: 1 },
    { weight: 1, hosts: '7p 8p', priority: 1 },
  ],
}

const WEIGHTED = { locality_weighted_lb_config: {} }
const POLICIES = 'type.googleapis.com/envoy.extensions.load_balancing_policies'
const subset = (more: object): object => ({
  subset_selectors: [{ keys: ['stage'] }],
  fallback_policy: 'ANY_ENDPOINT',
  ...more,
})
const policy = (name: string, type: string, fields: object): object => ({
  policies: [
    { typed_extension_config: { name, typed_config: { '@type': `${POLICIES}.${name}.v3.${type}`, ...fields } } },
  ],
})

const WAYS: Readonly<Record<string, object>> = {
  unaware: { lb_subset_config: subset({}), common_lb_config: WEIGHTED },
  aware: { lb_subset_config: subset({ locality_weight_aware: true }), common_lb_config: WEIGHTED },
  scaled: {
    lb_subset_config: subset({ locality_weight_aware: true, scale_locality_weight: true }),
    common_lb_config: WEIGHTED,
  },
  'scaled-only': { lb_subset_config: subset({ scale_locality_weight: true }), common_lb_config: WEIGHTED },
  typed: {
    load_balancing_policy: policy('subset', 'Subset', {
      ...subset({ locality_weight_aware: true, scale_locality_weight: true }),
      subset_lb_policy: policy('round_robin', 'RoundRobin', { locality_lb_config: WEIGHTED }),
    }),
  },
  'by-locality': {
    load_balancing_policy: policy('subset', 'Subset', {
      ...subset({ locality_weight_aware: true, scale_locality_weight: true }),
      subset_lb_policy: policy('wrr_locality', 'WrrLocality', {
        endpoint_picking_policy: policy('client_side_weighted_round_robin', 'ClientSideWeightedRoundRobin', {}),
      }),
    }),
  },
}

const lbEndpoint = (text: string): object => ({
  ...(text.endsWith('!') ? { health_status: 'UNHEALTHY' } : {}),
  metadata: { filter_metadata: { 'envoy.lb': { stage: text.replace('!', '').at(-1) } } },
  endpoint: backend.endpoint(Number.parseInt(text)),
})

const NAMES = Object.keys(PLACES).flatMap((places) => Object.keys(WAYS).map((way) => [places, way] as const))

differential('subsets of localities that have weights', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: NAMES.flatMap(([places, way]) =>
            ['p', 'd', ''].map((stage) => ({
              match: { path: `/${places}/${way}/${stage}` },
              route: {
                cluster: `${places}-${way}`,
                ...(stage === '' ? {} : { metadata_match: { filter_metadata: { 'envoy.lb': { stage } } } }),
              },
            })),
          ),
        }),
      ],
      clusters: NAMES.map(([places, way]) => ({
        name: `${places}-${way}`,
        type: 'STATIC',
        ...WAYS[way],
        load_assignment: {
          cluster_name: `${places}-${way}`,
          endpoints: PLACES[places]!.map(({ weight, hosts, priority = 0 }, index) => ({
            locality: { zone: `z${index}` },
            priority,
            ...(weight === undefined ? {} : { load_balancing_weight: weight }),
            lb_endpoints: hosts.split(' ').map(lbEndpoint),
          })),
        },
      })),
    },
  }),
  stats: /\.lb_subsets_|lb_healthy_panic/,
  traffic: async (side) => {
    for (const [places, way] of NAMES) {
      for (const stage of ['p', 'd', '']) {
        const path = `/${places}/${way}/${stage}`
        // Chance decides between priorities alone.
        const shares: Record<string, number> = {}
        for (const host of await hostsOf(side, path, 120)) shares[host] = (shares[host] ?? 0) + 1
        // One more or less is where the turns began.
        const parts = Object.entries(shares).map(([host, count]) => `${host} ${Math.round(count / 6)}`)
        side.note(path, places === 'tiers' ? Object.keys(shares) : parts.toSorted())
      }
    }
  },
})
