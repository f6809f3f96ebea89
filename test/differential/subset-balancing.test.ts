/* Which hosts subsets, fallbacks and metadata of routes lead to, and what is counted; and how shares of weights come out. */
import { httpListener, routeTo } from '../support/configs.ts'
import { afterAll, beforeAll } from 'bun:test'
import { AddressedBackend, hostsOf } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const backend = new AddressedBackend()
beforeAll(() => backend.start())
afterAll(() => backend.close())

const METADATA: readonly object[] = [
  { stage: 'prod', version: '1' },
  { stage: 'prod', version: '2' },
  { stage: 'dev', version: 1 },
  { stage: ['x', 'y'], version: { deep: [1, { a: null }] } },
  {},
]

const endpoints = (weights: readonly number[] = [1, 1, 1, 1, 1]) => [
  {
    lb_endpoints: METADATA.map((members, index) => ({
      load_balancing_weight: weights[index],
      metadata: { filter_metadata: { 'envoy.lb': members } },
      endpoint: backend.endpoint(index + 1),
    })),
  },
]

const selector = (keys: readonly string[], more: object = {}) => ({ keys, ...more })
const both = ['version', 'stage']
const CONFIGS: Readonly<Record<string, object>> = {
  none: { subset_selectors: [selector(['stage']), selector(both)] },
  any: { fallback_policy: 'ANY_ENDPOINT', subset_selectors: [selector(['stage'])] },
  default: { fallback_policy: 'DEFAULT_SUBSET', default_subset: { stage: 'dev' }, subset_selectors: [selector(both)] },
  listed: {
    fallback_policy: 'DEFAULT_SUBSET',
    default_subset: { stage: 'x' },
    list_as_any: true,
    subset_selectors: [selector(['stage'])],
  },
  panic: {
    fallback_policy: 'DEFAULT_SUBSET',
    default_subset: { stage: 'gone' },
    panic_mode_any: true,
    subset_selectors: [selector(['stage'])],
  },
  keys: {
    subset_selectors: [
      selector(['stage'], { fallback_policy: 'DEFAULT_SUBSET' }),
      selector(both, { fallback_policy: 'KEYS_SUBSET', fallback_keys_subset: ['stage'] }),
      selector(['version'], { fallback_policy: 'ANY_ENDPOINT' }),
    ],
    default_subset: { stage: 'dev' },
  },
  closed: {
    fallback_policy: 'ANY_ENDPOINT',
    subset_selectors: [selector(['stage'], { fallback_policy: 'NO_FALLBACK' }), selector(['other'])],
  },
  single: { subset_selectors: [selector(['stage'], { single_host_per_subset: true })] },
  list: { metadata_fallback_policy: 'FALLBACK_LIST', subset_selectors: [selector(['stage']), selector(both)] },
}

const ASKED: readonly (object | undefined)[] = [
  undefined,
  { stage: 'prod' },
  { stage: 'prod', version: '2' },
  { stage: 'prod', version: '9' },
  { stage: 'dev', version: 1 },
  { stage: 'dev', version: '1' },
  { version: '1' },
  { stage: 'y' },
  { stage: ['x', 'y'] },
  { stage: ['x', 'y'], version: { deep: [1, { a: null }] } },
  { stage: 'nope' },
  { other: true },
  { stage: 'prod', other: 'more' },
  { stage: 'prod', fallback_list: [{ version: '7' }, { version: '2' }, { version: '1' }] },
  { fallback_list: [{ stage: 'nope' }, { stage: 'dev' }] },
  { stage: 'dev', fallback_list: [] },
]

const names = Object.keys(CONFIGS)

differential('subsets', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: names.flatMap((cluster) =>
            ASKED.map((members, index) => ({
              match: { path: `/${cluster}/${index}` },
              route: {
                cluster,
                ...(members === undefined ? {} : { metadata_match: { filter_metadata: { 'envoy.lb': members } } }),
              },
            })),
          ),
        }),
      ],
      clusters: names.map((name) => ({
        name,
        type: 'STATIC',
        lb_subset_config: CONFIGS[name],
        load_assignment: { cluster_name: name, endpoints: endpoints() },
      })),
    },
  }),
  stats: /\.lb_subsets_|lb_healthy_panic/,
  traffic: async (side) => {
    for (const name of names) {
      for (const index of ASKED.keys()) side.note(`${name} ${index}`, await shares(side, `/${name}/${index}`, 10))
    }
  },
})

differential('weights', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', { routes: ['round', 'least', 'flat'].map((name) => routeTo(name, `/${name}`)) }),
      ],
      clusters: [
        ['round', { lb_policy: 'ROUND_ROBIN' }],
        ['least', { lb_policy: 'LEAST_REQUEST' }],
        [
          'flat',
          {
            lb_policy: 'LEAST_REQUEST',
            least_request_lb_config: { active_request_bias: { default_value: 0, runtime_key: 'x' } },
          },
        ],
      ].map(([name, more]) => ({
        name,
        type: 'STATIC',
        ...(more as object),
        load_assignment: { cluster_name: name, endpoints: endpoints([1, 2, 3, 4, 10]) },
      })),
    },
  }),
  traffic: async (side) => {
    for (const name of ['round', 'least', 'flat']) side.note(name, await shares(side, `/${name}`, 200))
  },
})

/** How many of the requests each host got. */
async function shares(side: Side, path: string, count: number): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const host of (await hostsOf(side, path, count)).match(/<[^>]*>|./g) ?? [])
    counts[host] = (counts[host] ?? 0) + 1
  return counts
}
