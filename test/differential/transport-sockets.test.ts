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
