/*
 * Clusters of several names in several places: weights, priorities, metadata and names of their endpoints, addresses that two
 * names have in common, and what the admin server tells of it while answers change.
 */
import { afterAll } from 'bun:test'
import { httpListener } from '../support/configs.ts'
import type { ZoneDnsServer } from '../support/zone-dns-server.ts'
import { zoneDnsServer } from '../support/zone-dns-server.ts'
import { eventually } from '../support/dynamic-files.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const CARES = 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'
const DNS = 'type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster'

const ZONE = {
  'one.test': { a: ['127.0.0.1'] },
  'two.test': { a: ['127.0.0.2', '127.0.0.3'] },
  'shared.test': { a: ['127.0.0.2', '127.0.0.4'] },
}

const servers: readonly ZoneDnsServer[] = [await zoneDnsServer(ZONE), await zoneDnsServer(ZONE)]
const waiting = [...servers]

afterAll(async () => {
  for (const one of servers) await one[Symbol.asyncDispose]()
})

const at = (address: string, more: object = {}, endpoint: object = {}): object => ({
  endpoint: { address: { socket_address: { address, port_value: 9 } }, ...endpoint },
  ...more,
})
const lb = (values: object): object => ({ metadata: { filter_metadata: { 'envoy.lb': values } } })

const ENDPOINTS = [
  {
    locality: { region: 'r', zone: 'a', sub_zone: 's' },
    load_balancing_weight: 5,
    lb_endpoints: [
      at('one.test', { load_balancing_weight: 3, ...lb({ stage: 'prod', canary: true }) }),
      at('two.test', { load_balancing_weight: 2 }, { hostname: 'zwei.test' }),
    ],
  },
  { locality: { zone: 'b' }, lb_endpoints: [at('shared.test', { health_status: 'DEGRADED' }), at('127.0.0.9')] },
  { locality: { zone: 'c' }, priority: 1, lb_endpoints: [at('one.test', { health_status: 'DRAINING' })] },
  { locality: { zone: 'd' }, priority: 2, lb_endpoints: [at('gone.test'), at('two.test')] },
]

const settings = (port: number): object => ({
  dns_lookup_family: 'V4_ONLY',
  dns_refresh_rate: '0.3s',
  typed_dns_resolver_config: {
    name: 'cares',
    typed_config: {
      '@type': CARES,
      resolvers: [{ socket_address: { address: '127.0.0.1', port_value: port } }],
      dns_resolver_options: { no_default_search_domain: true },
    },
  },
})

const cluster = (name: string, endpoints: readonly object[], more: object): object => ({
  name,
  ...more,
  load_assignment: { cluster_name: name, endpoints, policy: { overprovisioning_factor: 120 } },
})

const typed = (port: number, more: object = {}): object => ({
  cluster_type: { name: 'envoy.clusters.dns', typed_config: { '@type': DNS, ...settings(port), ...more } },
})

const VOLATILE = /_ms|cx_|rq_|success_rate|::(?:default|high)_priority/

async function note(side: Side, step: string): Promise<void> {
  const text = (await side.proxy.admin('/clusters')).split('\n').filter((line) => !VOLATILE.test(line))
  side.note(`${step}: text`, text.sort())
  const { cluster_statuses = [] } = JSON.parse(await side.proxy.admin('/clusters?format=json')) as {
    cluster_statuses?: readonly { name: string; host_statuses?: readonly Record<string, unknown>[] }[]
  }
  side.note(
    `${step}: JSON`,
    // Envoy has no order of clusters.
    cluster_statuses
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ host_statuses = [], ...rest }) => ({
        ...rest,
        // Counters are not what this is about.
        host_statuses: host_statuses.map((host) => JSON.stringify({ ...host, stats: undefined })).sort(),
      })),
  )
  const stats = Object.entries(await side.stats()).filter(([name]) => /membership_(?!change)/.test(name))
  side.note(`${step}: stats`, Object.fromEntries(stats))
}

differential('names in several places', {
  bootstrap: () => {
    const { port } = waiting.shift()!
    return {
      node: { id: String(port) },
      static_resources: {
        listeners: [httpListener('front', { routes: [] })],
        clusters: [
          cluster('strict', ENDPOINTS, { type: 'STRICT_DNS', ...settings(port) }),
          cluster('typed', ENDPOINTS, typed(port)),
          cluster(
            'logical',
            [ENDPOINTS[0]!].map((place) => ({ ...place, lb_endpoints: [at('two.test', lb({ a: 1 }))] })),
            {
              type: 'LOGICAL_DNS',
              ...settings(port),
            },
          ),
          cluster(
            'single',
            [{ lb_endpoints: [at('two.test', {}, { hostname: 'zwei.test' })] }],
            typed(port, { all_addresses_in_single_endpoint: true }),
          ),
        ],
      },
    }
  },
  traffic: async (side) => {
    const info = JSON.parse(await side.proxy.admin('/server_info')) as { node: { id: string } }
    const dns = servers.find(({ port }) => String(port) === info.node.id)!
    const hosts = (count: number) =>
      eventually(`${count} hosts`, async () => {
        const totals = ['strict', 'typed'].map((name) => side.proxy.stat(`cluster.${name}.membership_total`))
        return (await Promise.all(totals)).every((total) => total === count)
      })
    await hosts(9)
    await note(side, 'at first')
    dns.zone = { ...ZONE, 'two.test': { a: ['127.0.0.3', '127.0.0.5', '127.0.0.6'] } }
    await hosts(11)
    await Bun.sleep(700)
    await note(side, 'when one name has others')
    dns.zone = { ...ZONE, 'one.test': {}, 'two.test': { code: 3 } }
    await hosts(3)
    await Bun.sleep(700)
    await note(side, 'when names have nothing')
    dns.zone = { ...ZONE, 'gone.test': { a: ['127.0.0.8'] } }
    await hosts(10)
    await Bun.sleep(700)
    await note(side, 'when they are back')
  },
})
