/* Transport sockets towards hosts: the PROXY protocol, which host has which socket, and who shares a connection. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const TYPES = 'type.googleapis.com/envoy.extensions.transport_sockets'
const RAW = { name: 'raw', typed_config: { '@type': `${TYPES}.raw_buffer.v3.RawBuffer` } }
const PROXY = {
  name: 'proxy',
  typed_config: { '@type': `${TYPES}.proxy_protocol.v3.ProxyProtocolUpstreamTransport`, transport_socket: RAW },
}
const MATCHES = [
  { name: 'with-header', match: { header: 'yes', level: 2 }, transport_socket: PROXY },
  { name: 'without', match: { header: 'no' }, transport_socket: RAW },
]
const wants = (labels: object): object => ({
  metadata: { filter_metadata: { 'envoy.transport_socket_match': labels } },
})

function matched(name: string, port: number, endpoint: object, locality: object = {}, more: object = {}): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  return {
    name,
    transport_socket_matches: MATCHES,
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address }, ...endpoint }], ...locality }],
    },
    ...more,
  }
}

const NAMES = [
  'plain',
  'raw',
  'proxy',
  'by-endpoint',
  'by-locality',
  'endpoint-first',
  'not-all',
  'nothing',
  'fallback',
  'everything',
  'own-pools',
] as const

function clusters(port: number): readonly object[] {
  const yes = wants({ header: 'yes', level: 2, more: [1] })
  const no = wants({ header: 'no' })
  return [
    staticCluster('plain', [port]),
    staticCluster('raw', [port], { transport_socket: RAW }),
    staticCluster('proxy', [port], { transport_socket: PROXY }),
    matched('by-endpoint', port, yes),
    matched('by-locality', port, {}, yes),
    matched('endpoint-first', port, no, yes),
    matched('not-all', port, wants({ header: 'yes', level: 3 })),
    matched('nothing', port, {}),
    matched('fallback', port, {}, {}, { transport_socket: PROXY }),
    matched(
      'everything',
      port,
      {},
      {},
      { transport_socket_matches: [{ name: 'all', match: {}, transport_socket: PROXY }] },
    ),
    staticCluster('own-pools', [port], { connection_pool_per_downstream_connection: true }),
  ]
}

const ports = (text: string): string => text.replaceAll(/(PROXY TCP4 \S+ \S+) \d+ \d+/g, '$1 <from> <to>')

async function traffic(side: Side): Promise<void> {
  for (const name of NAMES) {
    using first = await side.connect('front')
    using second = await side.connect('front')
    for (const client of [first, second, first, second]) {
      const before = client.received().length
      client.write(`GET /${name} HTTP/1.1\r\nhost: a\r\n\r\n`)
      await client.until(new RegExp(`^[^]{${before}}[^]+ok\\n$`))
    }
  }
  side.note('received', side.receivedBy('app').map(ports))
}

differential('transport sockets and whose connections are shared', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', { routes: NAMES.map((name) => routeTo(name, `/${name}`)) })],
      clusters: clusters(port('app')),
    },
  }),
  stats: /^cluster\..*(?:total_match_count|upstream_cx_(?:total|active|pool)|upstream_rq_total)/,
  traffic,
})

const counted = (update?: string): object => ({
  name: 'counted',
  typed_config: {
    '@type': `${TYPES}.tcp_stats.v3.Config`,
    transport_socket: RAW,
    ...(update === undefined ? {} : { update_period: update }),
  },
})

function countedListener(): object {
  const listener = httpListener('front', { routes: [routeTo('app')] }) as { filter_chains: object[] }
  const filter_chains = listener.filter_chains.map((chain) => ({ ...chain, transport_socket: counted('0.05s') }))
  return { ...listener, stat_prefix: 'front', filter_chains }
}

const HUNDRED = 'send=HTTP/1.1 200 OK\\r\\ncontent-length: 100\\r\\n\\r\\n{100*x};sleep=100;'

differential('what the system tells of connections', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [countedListener()],
      clusters: [
        staticCluster('app', [port('app')], { transport_socket: counted() }),
        staticCluster('unused', [1], { transport_socket: counted() }),
      ],
    },
  }),
  // What is sent again, and by how many segments, is the network's business.
  stats: /tcp_stats/,
  volatile: /tcp_stats\.cx_tx|segments/,
  traffic: async (side) => {
    for (const end of ['fin', 'reset', 'hang']) {
      using client = await side.connect('front')
      client.write(`GET / HTTP/1.1\r\nhost: a\r\nx-do: ${HUNDRED}${end}\r\n\r\n`)
      await client.until(/x{100}/)
      await Bun.sleep(200)
    }
  },
})

const CHECKS: Readonly<Record<string, { endpoint?: object; locality?: object; criteria?: object }>> = {
  'other-socket': { endpoint: wants({ header: 'no' }), criteria: { header: 'yes', level: 2 } },
  'no-socket': { endpoint: wants({ header: 'yes', level: 2 }), criteria: { header: 'no' } },
  default: { endpoint: wants({ header: 'yes', level: 2 }), criteria: { header: 'other' } },
  nothing: { endpoint: wants({ header: 'yes', level: 2 }), criteria: {} },
  endpoint: { endpoint: wants({ header: 'yes', level: 2 }) },
  locality: { locality: wants({ header: 'yes', level: 2 }), criteria: { header: 'other' } },
}

differential('the sockets of health checks', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('other-socket')] })],
      clusters: Object.entries(CHECKS).map(([name, { endpoint = {}, locality = {}, criteria }]) => {
        const check = {
          timeout: '1s',
          interval: '60s',
          unhealthy_threshold: 1,
          healthy_threshold: 1,
          http_health_check: { path: `/${name}` },
          ...(criteria === undefined ? {} : { transport_socket_match_criteria: criteria }),
        }
        return matched(name, port('app'), endpoint, locality, { health_checks: [check] })
      }),
    },
  }),
  stats: /total_match_count/,
  traffic: async (side) => {
    const checks = (): readonly string[] => side.receivedBy('app').map(ports).toSorted()
    for (const limit = performance.now() + 5000; checks().length < 6 && performance.now() < limit;) await Bun.sleep(20)
    side.note('checks', checks())
  },
})
