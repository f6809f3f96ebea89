/*
 * Ring hash and Maglev choose the same host for the same key as Envoy, whatever is configured, with all hosts and with one
 * less. NUNCIO_HASH_KEYS sets how many keys each cluster gets.
 */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterAll, beforeAll } from 'bun:test'
import { httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const KEYS = Number(process.env['NUNCIO_HASH_KEYS'] ?? 200)
const HEADERS_END = '\r\n\r\n'

/** Says at which of its addresses it was reached, so that one port serves for all hosts of both sides. */
let server: Server
let port = 0

beforeAll(async () => {
  server = createServer((socket) => {
    socket.setNoDelay(true)
    const { localAddress = '' } = socket
    const reply = `HTTP/1.1 200 OK\r\ncontent-length: ${localAddress.length}${HEADERS_END}${localAddress}`
    socket.on('data', (data) => socket.write(reply.repeat(data.toString('latin1').split(HEADERS_END).length - 1)))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  port = (server.address() as AddressInfo).port
})

afterAll(() => server.close())

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
            endpoint: {
              hostname,
              address: { socket_address: { address: `127.0.1.${index + 1}`, port_value: port } },
            },
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
    endpoint: { address: { socket_address: { address: `127.0.1.${host}`, port_value: port } } },
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
    for (const { name = '' } of clusters()) side.note(name, await hostsOf(side, name))
  },
})

/** The last part of the address of the host that each key came to. */
async function hostsOf(side: Side, name: string): Promise<string> {
  const socket = connect(side.proxy.port('front'), '127.0.0.1')
  let received = ''
  let hosts = ''
  try {
    return await new Promise((resolve, reject) => {
      let sent = 0
      const sendMore = (): void => {
        const until = Math.min(KEYS, sent + 100)
        let requests = ''
        for (; sent < until; sent++) requests += `GET /${name} HTTP/1.1\r\nhost: a\r\nx-key: key-${sent}${HEADERS_END}`
        socket.write(requests)
      }
      socket.on('error', reject)
      socket.on('close', () => reject(new Error(`closed after ${hosts.length} of ${sent}: ${received.slice(0, 200)}`)))
      socket.on('data', (data) => {
        received += data.toString('latin1')
        for (;;) {
          const end = received.indexOf(HEADERS_END)
          if (end < 0) return
          const length = Number(/content-length: (\d+)/.exec(received)?.[1])
          const from = end + HEADERS_END.length
          if (received.length < from + length) return
          const body = received.slice(from, from + length)
          received = received.slice(from + length)
          hosts += body.startsWith('127.0.1.') ? body.slice('127.0.1.'.length) : `<${body}>`
          if (hosts.length < sent) continue
          if (sent >= KEYS) return resolve(hosts)
          sendMore()
        }
      })
      sendMore()
    })
  } finally {
    socket.removeAllListeners('close')
    socket.destroy()
  }
}
