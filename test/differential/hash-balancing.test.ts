/*
 * Ring hash and Maglev choose the same host for the same key as Envoy, whatever is configured, with all hosts and with one
 * less. NUNCIO_HASH_KEYS sets how many keys each cluster gets.
 */
import { afterAll, beforeAll } from 'bun:test'
import { httpListener } from '../support/configs.ts'
import { AddressedBackend, hostsOf } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'

const KEYS = Number(process.env['NUNCIO_HASH_KEYS'] ?? 200)

const backend = new AddressedBackend()
beforeAll(() => backend.start())
afterAll(() => backend.close())

interface Endpoint {
  readonly weight?: number
  readonly health?: string
  readonly lb?: object
  readonly hostname?: string
}

const cluster = (name: string, endpoints: readonly Endpoint[], more: object, removed = -1): object => ({
  name,
  type: 'STATIC',
  ...more,
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: endpoints
          .map(({ weight = 1, health = 'UNKNOWN', lb, hostname = '' }, index) => ({
            load_balancing_weight: weight,
            health_status: health,
            ...(lb === undefined ? {} : { metadata: { filter_metadata: { 'envoy.lb': lb } } }),
            endpoint: backend.endpoint(index + 1, hostname),
          }))
          .filter((_, index) => index !== removed),
      },
    ],
  },
})

const locality = (zone: string, weight: number, hosts: readonly number[]): object => ({
  locality: { zone },
  ...(weight === 0 ? {} : { load_balancing_weight: weight }),
  lb_endpoints: hosts.map((host) => ({
    endpoint: backend.endpoint(host),
  })),
})

const five: readonly Endpoint[] = [{}, {}, {}, {}, {}]
const weighted: readonly Endpoint[] = [{ weight: 1 }, { weight: 7 }, { weight: 3 }, { weight: 3 }, { weight: 20 }]
const keyed: readonly Endpoint[] = ['ä', 'b', 'c'].map((hash_key) => ({ lb: { hash_key } }))
const named: readonly Endpoint[] = ['one.test', 'two.test', 'three.test'].map((hostname) => ({ hostname }))
const unwell: readonly Endpoint[] = [{}, { health: 'UNHEALTHY' }, {}, { health: 'DRAINING' }, { health: 'DEGRADED' }]
const ring = { lb_policy: 'RING_HASH' }
const maglev = { lb_policy: 'MAGLEV' }
const extension = (name: string, type: string, fields: object) => ({
  load_balancing_policy: {
    policies: [
      {
        typed_extension_config: {
          name: `envoy.load_balancing_policies.${name}`,
          typed_config: {
            '@type': `type.googleapis.com/envoy.extensions.load_balancing_policies.${name}.v3.${type}`,
            ...fields,
          },
        },
      },
    ],
  },
})
const byName = { consistent_hashing_lb_config: { use_hostname_for_hashing: true } }
const ownHash = {
  consistent_hashing_lb_config: {
    hash_policy: [
      {
        header: {
          header_name: 'x-key',
          regex_rewrite: { pattern: { regex: 'key-' }, substitution: 'another-' },
        },
      },
    ],
  },
}
const byLocality = { common_lb_config: { locality_weighted_lb_config: {} } }
const localities = () => ({
  cluster_name: 'l',
  endpoints: [locality('b', 5, [1, 2]), locality('a', 2, [3]), locality('c', 0, [4]), locality('d', 1, [5])],
})

const clusters = (): readonly { readonly name?: string }[] => [
  cluster('ring', five, ring),
  cluster('ring-less', five, ring, 2),
  cluster('ring-weighted', weighted, ring),
  cluster('ring-weighted-less', weighted, ring, 4),
  cluster('ring-small', five, { ...ring, ring_hash_lb_config: { minimum_ring_size: 7, maximum_ring_size: 13 } }),
  cluster('ring-murmur', weighted, { ...ring, ring_hash_lb_config: { hash_function: 'MURMUR_HASH_2' } }),
  cluster('ring-keyed', keyed, ring),
  cluster('ring-named', named, extension('ring_hash', 'RingHash', byName)),
  cluster('ring-unwell', unwell, ring),
  cluster('ring-own-hash', five, extension('ring_hash', 'RingHash', ownHash)),
  cluster('maglev-own-hash', five, extension('maglev', 'Maglev', ownHash)),
  cluster('ring-typed', five, extension('ring_hash', 'RingHash', { minimum_ring_size: 99 })),
  {
    ...cluster('ring-localities', five, { ...ring, ...byLocality }),
    load_assignment: localities(),
  },
  cluster('maglev', five, maglev),
  cluster('maglev-less', five, maglev, 2),
  cluster('maglev-weighted', weighted, maglev),
  cluster('maglev-weighted-less', weighted, maglev, 0),
  cluster('maglev-small', weighted, { ...maglev, maglev_lb_config: { table_size: 17 } }),
  cluster('maglev-keyed', keyed, maglev),
  cluster('maglev-named', named, extension('maglev', 'Maglev', byName)),
  cluster('maglev-unwell', unwell, maglev),
  cluster('maglev-typed', weighted, extension('maglev', 'Maglev', { table_size: 211 })),
  {
    ...cluster('maglev-localities', five, { ...maglev, ...byLocality }),
    load_assignment: localities(),
  },
]

differential('keys go to the same hosts', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: clusters().map(({ name }) => ({
            match: { path: `/${name}` },
            route: { cluster: name, hash_policy: [{ header: { header_name: 'x-key' } }] },
          })),
        }),
      ],
      clusters: clusters(),
    },
  }),
  stats: /\.(?:ring_hash_lb|maglev_lb)\.|lb_healthy_panic/,
  traffic: async (side) => {
    for (const { name = '' } of clusters()) side.note(name, await hostsOf(side, `/${name}`, KEYS))
  },
})
