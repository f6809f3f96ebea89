/* Hosts that go by themselves, and those that are there before anybody asks. */
import { httpListener, routeTo } from '../support/configs.ts'
import { eventually, fileSource, NODE, writeResources } from '../support/dynamic-files.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const TYPES = 'type.googleapis.com/envoy.extensions'
let appPort = 0

const assignment = (name: string, policy: object): object => ({
  cluster_name: name,
  policy,
  endpoints: [
    { lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: appPort } } } }] },
  ],
})

const eds = (name: string): object => ({
  name,
  type: 'EDS',
  eds_cluster_config: { eds_config: fileSource(`${name}.json`) },
})

const originalDst = (name: string, cleanup_interval: string): object => ({
  name,
  type: 'ORIGINAL_DST',
  lb_policy: 'CLUSTER_PROVIDED',
  cleanup_interval,
  original_dst_lb_config: { use_http_header: true },
})

const CACHE = {
  name: 'cache',
  dns_lookup_family: 'V4_ONLY',
  preresolve_hostnames: [
    { address: 'localhost', port_value: 81 },
    { address: '127.0.0.7', port_value: 82 },
  ],
}

const hosts = async (side: Side): Promise<readonly string[]> => {
  const lines = (await side.proxy.admin('/clusters')).split('\n').filter((line) => line.includes('::hostname::'))
  return lines.map((line) => line.replaceAll(String(side.places.ports.size === 0 ? 0 : appOf(side)), '<app>')).sort()
}

const appOf = (side: Side): number => [...side.places.ports].find(([, name]) => name === 'app')![0]

differential('hosts that go by themselves, and hosts known ahead', {
  backends: ['app'],
  bootstrap: (port) => {
    appPort = port('app')
    return {
      node: NODE,
      static_resources: {
        listeners: [
          httpListener('front', {
            routes: ['stale', 'fresh', 'soon', 'later'].map((name) => routeTo(name, `/${name}`)),
          }),
        ],
        clusters: [
          eds('stale'),
          eds('fresh'),
          originalDst('soon', '0.5s'),
          originalDst('later', '60s'),
          {
            name: 'forward',
            lb_policy: 'CLUSTER_PROVIDED',
            cluster_type: {
              name: 'envoy.clusters.dynamic_forward_proxy',
              typed_config: {
                '@type': `${TYPES}.clusters.dynamic_forward_proxy.v3.ClusterConfig`,
                dns_cache_config: CACHE,
              },
            },
          },
        ],
      },
    }
  },
  prepare: (folder) => {
    writeResources(folder, 'stale.json', 'endpoints', [assignment('stale', { endpoint_stale_after: '1.5s' })])
    writeResources(folder, 'fresh.json', 'endpoints', [assignment('fresh', { endpoint_stale_after: '60s' })])
  },
  stats:
    /^cluster\.(?:stale|fresh|soon|later|forward)\.(?:assignment_|membership_|update_(?:success|empty))|^dns_cache\.cache\.(?:dns_query_|host_|num_hosts)/,
  // How often, depends on how long the other side takes to start; names that need no server are there at once or one by one.
  volatile: /dns_query_|forward\.membership_change/,
  traffic: async (side) => {
    const to = `x-envoy-original-dst-host: 127.0.0.1:${appOf(side)}`
    for (const path of ['/soon', '/later']) await side.request(path, 'front', `GET ${path}`, to, 'x-do: close')
    await eventually(
      'the end of the stale one',
      async () => (await side.proxy.stat('cluster.stale.assignment_stale')) === 1,
    )
    await eventually(
      'the end of the unused one',
      async () => (await side.proxy.stat('cluster.soon.membership_total')) === 0,
    )
    await Bun.sleep(50)
    side.note('hosts', await hosts(side))
    for (const path of ['/stale', '/fresh']) await side.request(path, 'front', `GET ${path}`)
  },
})
