/* Hashing with bounded load, host by host: whom the requests go to that are too many for their own host. */
import { httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']

const cluster = (
  port: (backend: string) => number,
  name: string,
  policy: string,
  weights: readonly number[],
): object => ({
  name,
  type: 'STATIC',
  lb_policy: policy,
  common_lb_config: { consistent_hashing_lb_config: { hash_balance_factor: 120 } },
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: NAMES.map((backend, index) => ({
          load_balancing_weight: weights[index],
          metadata: { filter_metadata: { 'envoy.lb': { hash_key: backend } } },
          endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port(backend) } } },
        })),
      },
    ],
  },
})

const CLUSTERS = ['ring', 'maglev', 'weighted'] as const

/** One after the other, none of which is answered: where each goes. */
async function pile(side: Side, path: string, keys: readonly string[]): Promise<string> {
  const clients = []
  const before = new Map(NAMES.map((name) => [name, side.seenBy(name).length]))
  let order = ''
  for (const key of keys) {
    const client = await side.connect('front')
    clients.push(client)
    client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nx-key: ${key}\r\nx-do: hang\r\n\r\n`)
    const limit = performance.now() + 3000
    let found = ''
    while (found === '' && performance.now() < limit) {
      found = NAMES.find((name) => side.seenBy(name).length > before.get(name)!) ?? ''
      if (found === '') await Bun.sleep(2)
    }
    if (found !== '') before.set(found, before.get(found)! + 1)
    order += found === '' ? '-' : found
  }
  for (const client of clients) client[Symbol.dispose]()
  return order
}

differential('hashing with bounded load', {
  backends: NAMES,
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: CLUSTERS.map((name) => ({
            match: { path: `/${name}` },
            route: { cluster: name, hash_policy: [{ header: { header_name: 'x-key' } }] },
          })),
        }),
      ],
      clusters: [
        cluster(port, 'ring', 'RING_HASH', [1, 1, 1, 1, 1]),
        cluster(port, 'maglev', 'MAGLEV', [1, 1, 1, 1, 1]),
        cluster(port, 'weighted', 'MAGLEV', [1, 2, 3, 1, 5]),
      ],
    },
  }),
  traffic: async (side) => {
    const keys = ['one', 'two', 'three']
    for (const name of CLUSTERS) {
      for (const key of keys) {
        side.note(`${name} ${key}`, await pile(side, `/${name}`, Array<string>(14).fill(key)))
        await Bun.sleep(100) // the requests of before are gone
      }
      side.note(`${name} mixed`, await pile(side, `/${name}`, [...keys, ...keys, ...keys, 'four', 'five', 'six']))
      await Bun.sleep(100)
    }
  },
})
