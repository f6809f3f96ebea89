/* Subsets by what routes, weighted clusters and filters say together, and subsets by extension with other policies within. */
import { afterAll, beforeAll } from 'bun:test'
import { httpListener } from '../support/configs.ts'
import { AddressedBackend } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const backend = new AddressedBackend()
beforeAll(() => backend.start())
afterAll(() => backend.close())

const METADATA: readonly object[] = [
  { stage: 'prod', version: '1' },
  { stage: 'prod', version: '2' },
  { stage: 'dev', version: '1' },
  { stage: 'dev', version: '2' },
  { stage: 'dev', version: '2', size: 'big' },
]

const selectors = [{ keys: ['stage'] }, { keys: ['stage', 'version'] }, { keys: ['version'] }]
const assignment = (name: string): object => ({
  cluster_name: name,
  endpoints: [
    {
      lb_endpoints: METADATA.map((members, index) => ({
        metadata: { filter_metadata: { 'envoy.lb': members } },
        endpoint: backend.endpoint(index + 1),
      })),
    },
  ],
})

const POLICIES = 'type.googleapis.com/envoy.extensions.load_balancing_policies'
const list = (name: string, type: string, fields: object): object => ({
  policies: [
    { typed_extension_config: { name, typed_config: { '@type': `${POLICIES}.${name}.v3.${type}`, ...fields } } },
  ],
})
const within = (name: string, type: string, fields: object = {}, more: object = {}): object => ({
  load_balancing_policy: list('subset', 'Subset', {
    subset_selectors: selectors,
    subset_lb_policy: list(name, type, fields),
    ...more,
  }),
})

const CLUSTERS: Readonly<Record<string, object>> = {
  legacy: { lb_subset_config: { subset_selectors: selectors, fallback_policy: 'ANY_ENDPOINT' } },
  typed: within('round_robin', 'RoundRobin'),
  redundant: within('round_robin', 'RoundRobin', {}, { allow_redundant_keys: true }),
  ring: within('ring_hash', 'RingHash', { minimum_ring_size: 64 }),
  maglev: within('maglev', 'Maglev', { table_size: 101 }),
}

const match = (members: object): object => ({ metadata_match: { filter_metadata: { 'envoy.lb': members } } })
const toMetadata = {
  name: 'envoy.filters.http.header_to_metadata',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.header_to_metadata.v3.Config',
    request_rules: ['stage', 'version', 'size'].map((key) => ({
      header: `x-${key}`,
      on_header_present: { metadata_namespace: 'envoy.lb', key },
    })),
  },
}
const router = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
}

const hash = { hash_policy: [{ header: { header_name: 'x-key' } }] }
const routes = (name: string): readonly object[] => [
  { match: { path: `/${name}/plain` }, route: { cluster: name, ...hash } },
  { match: { path: `/${name}/route` }, route: { cluster: name, ...hash, ...match({ stage: 'dev' }) } },
  {
    match: { path: `/${name}/weighted` },
    route: {
      weighted_clusters: { clusters: [{ name, weight: 1, ...match({ version: '2' }) }] },
      ...hash,
      ...match({ stage: 'prod', version: '1' }),
    },
  },
]

const HEADERS: readonly (readonly string[])[] = [
  [],
  ['x-stage: prod'],
  ['x-stage: dev', 'x-version: 1'],
  ['x-version: 2'],
  ['x-size: big'],
  ['x-stage: dev', 'x-version: 2', 'x-size: big'],
  ['x-stage: nope'],
]

/** Which hosts a few requests come to; where they all have a key of their own, one by one. */
async function hosts(side: Side, path: string, headers: readonly string[], inOrder: boolean): Promise<string> {
  const found: string[] = []
  for (let i = 0; i < 6; i++) {
    const lines = [`GET ${path} HTTP/1.1`, 'host: a', `x-key: ${i}`, ...headers, '', '']
    const [reply] = await side.exchange('front', lines.join('\r\n'))
    found.push(reply?.body.startsWith('127') === true ? reply.body.split('.').at(-1)! : '-')
  }
  return inOrder ? found.join('') : [...new Set(found)].sort().join('')
}

differential('subsets: what requests ask for', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: Object.keys(CLUSTERS).flatMap(routes),
          extra: { http_filters: [toMetadata, router] },
        }),
      ],
      clusters: Object.entries(CLUSTERS).map(([name, more]) => ({
        name,
        type: 'STATIC',
        ...more,
        load_assignment: assignment(name),
      })),
    },
  }),
  traffic: async (side) => {
    for (const name of Object.keys(CLUSTERS)) {
      for (const route of ['plain', 'route', 'weighted']) {
        for (const headers of HEADERS) {
          const path = `/${name}/${route}`
          side.note(`${path} ${headers.join()}`, await hosts(side, path, headers, name === 'ring' || name === 'maglev'))
        }
      }
    }
  },
  stats: /\.lb_subsets_|lb_healthy_panic|(ring_hash|maglev)_lb/,
  // Of whichever table was made last.
  volatile: /(ring_hash|maglev)_lb/,
})
