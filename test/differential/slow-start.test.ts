/* Slow start: what part of the requests a host gets that has just come, and what it gets a while later. */
import { afterAll, beforeAll } from 'bun:test'
import { httpListener } from '../support/configs.ts'
import { NODE, eventually, fileSource, writeResources } from '../support/dynamic-files.ts'
import { AddressedBackend, hostsOf } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'
import { sharesNear } from './support/shares.ts'

const backend = new AddressedBackend()
beforeAll(() => backend.start())
afterAll(() => backend.close())

const WINDOW_MS = 3000
const slow = (more: object = {}): object => ({ slow_start_config: { slow_start_window: '3s', ...more } })
const POLICIES = 'type.googleapis.com/envoy.extensions.load_balancing_policies'

const CLUSTERS: Readonly<Record<string, object>> = {
  round: { lb_policy: 'ROUND_ROBIN', round_robin_lb_config: slow() },
  least: { lb_policy: 'LEAST_REQUEST', least_request_lb_config: slow({ min_weight_percent: { value: 50 } }) },
  faster: {
    load_balancing_policy: {
      policies: [
        {
          typed_extension_config: {
            name: 'x',
            typed_config: {
              '@type': `${POLICIES}.round_robin.v3.RoundRobin`,
              ...slow({ aggression: { default_value: 4, runtime_key: 'a' } }),
            },
          },
        },
      ],
    },
  },
  without: { lb_policy: 'ROUND_ROBIN' },
  weighted: {
    lb_policy: 'ROUND_ROBIN',
    round_robin_lb_config: slow({ aggression: { default_value: 2, runtime_key: 'a' } }),
  },
}
const NAMES = Object.keys(CLUSTERS)

/** `weights`: by host. */
const endpoints = (name: string, hosts: readonly number[], weights: readonly number[]): object => ({
  cluster_name: name,
  endpoints: [
    {
      lb_endpoints: hosts.map((host) => ({
        load_balancing_weight: name === 'weighted' ? weights[host - 1] : 1,
        endpoint: backend.endpoint(host),
      })),
    },
  ],
})

const write = (folder: string, hosts: readonly number[], version: string, weights = [1, 3, 4]): void => {
  for (const name of NAMES) {
    writeResources(folder, `${name}.json`, 'endpoints', [endpoints(name, hosts, weights)], version)
  }
}

differential('slow start', {
  prepare: (folder) => write(folder, [1, 2], '1'),
  bootstrap: () => ({
    node: NODE,
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: NAMES.map((name) => ({ match: { path: `/${name}` }, route: { cluster: name } })),
        }),
      ],
      clusters: NAMES.map((name) => ({
        name,
        type: 'EDS',
        eds_cluster_config: { eds_config: fileSource(`${name}.json`) },
        ...CLUSTERS[name],
      })),
    },
  }),
  traffic: async (side) => {
    // Hosts of the beginning are young as well, all of the same age.
    for (const name of NAMES) {
      const wanted = name === 'weighted' ? { 1: 0.25, 2: 0.75 } : { 1: 0.5, 2: 0.5 }
      side.note(`begin ${name}`, sharesNear(await hostsOf(side, `/${name}`, 40), wanted, 0.03))
    }
    await Bun.sleep(WINDOW_MS + 200)
    write(side.proxy.folder, [1, 2, 3], '2')
    const total = async (name: string): Promise<number> =>
      Number((await side.stats())[`cluster.${name}.membership_total`])
    await eventually('three hosts', async () => (await Promise.all(NAMES.map(total))).every((count) => count === 3))
    const young = { 1: 0.47, 2: 0.47, 3: 0.06 }
    side.note('young round', sharesNear(await hostsOf(side, '/round', 100), young, 0.06))
    side.note('young least', sharesNear(await hostsOf(side, '/least', 100), { 1: 0.4, 2: 0.4, 3: 0.2 }, 0.05))
    side.note('young without', sharesNear(await hostsOf(side, '/without', 90), { 1: 1 / 3, 2: 1 / 3, 3: 1 / 3 }, 0.02))
    await Bun.sleep(1200)
    side.note('older round', sharesNear(await hostsOf(side, '/round', 100), { 1: 0.4, 2: 0.4, 3: 0.2 }, 0.08))
    // The fourth root of a half.
    side.note('older faster', sharesNear(await hostsOf(side, '/faster', 100), { 1: 0.35, 2: 0.35, 3: 0.3 }, 0.06))
    // The square root of a half of its weight; another weight does not begin anew.
    const weighted = await hostsOf(side, '/weighted', 100)
    side.note('older weighted', sharesNear(weighted, { 1: 0.145, 2: 0.435, 3: 0.42 }, 0.08))
    write(side.proxy.folder, [1, 2, 3], '3', [4, 3, 2])
    const updates = async (): Promise<number> => Number((await side.stats())['cluster.weighted.update_success'])
    await eventually('other weights', async () => (await updates()) >= 3)
    const others = await hostsOf(side, '/weighted', 100)
    side.note('other weights', sharesNear(others, { 1: 0.47, 2: 0.35, 3: 0.18 }, 0.06))
    await Bun.sleep(2500)
    const even = { 1: 1 / 3, 2: 1 / 3, 3: 1 / 3 }
    for (const name of NAMES) {
      const wanted = name === 'weighted' ? { 1: 4 / 9, 2: 3 / 9, 3: 2 / 9 } : even
      side.note(`grown ${name}`, sharesNear(await hostsOf(side, `/${name}`, 90), wanted, 0.06))
    }
  },
})
