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

const SOCKET_TYPES = 'type.googleapis.com/envoy.extensions.matching.common_inputs.transport_socket.v3'
const socketNamed = (name: string): object => ({
  action: { name: 'any', typed_config: { '@type': `${SOCKET_TYPES}.TransportSocketNameAction`, name } },
})
const inputOf = (kind: 'Endpoint' | 'Locality', path: readonly string[], filter?: string): object => ({
  name: 'any',
  typed_config: {
    '@type': `${SOCKET_TYPES}.${kind}MetadataInput`,
    path: path.map((key) => ({ key })),
    ...(filter !== undefined && { filter }),
  },
})
const inMap = (input: object, more: object = {}): object => ({
  matcher_tree: {
    input,
    exact_match_map: {
      map: {
        yes: socketNamed('with-header'),
        no: socketNamed('without'),
        unknown: socketNamed('nobody'),
        '1': socketNamed('with-header'),
        true: socketNamed('with-header'),
        '': socketNamed('with-header'),
        '0.123457': socketNamed('with-header'),
        '0.1234567': socketNamed('without'),
        '1.23457e+06': socketNamed('with-header'),
        '1234567': socketNamed('without'),
        '["yes"]': socketNamed('with-header'),
        '{"a":"yes"}': socketNamed('with-header'),
      },
    },
  },
  ...more,
})
const inList = (input: object, ...values: readonly string[]): object => ({
  matcher_list: {
    matchers: values.map((prefix) => ({
      predicate: { single_predicate: { input, value_match: { prefix } } },
      on_match: { ...socketNamed('with-header'), keep_matching: prefix === 'kept' },
    })),
  },
})
const has = (namespace: string, values: object): object => ({ metadata: { filter_metadata: { [namespace]: values } } })
const KIND = inputOf('Endpoint', ['kind'])

/** By cluster: its matcher, metadata of the endpoint and of the locality, and what else it has. */
const CHOSEN: Readonly<Record<string, readonly [object, object?, object?, object?]>> = {
  yes: [inMap(KIND), has('envoy.lb', { kind: 'yes' })],
  no: [inMap(KIND), has('envoy.lb', { kind: 'no' }), {}, { transport_socket: PROXY }],
  unknown: [inMap(KIND), has('envoy.lb', { kind: 'unknown' })],
  'unknown-default': [inMap(KIND), has('envoy.lb', { kind: 'unknown' }), {}, { transport_socket: PROXY }],
  other: [inMap(KIND), has('envoy.lb', { kind: 'other' }), {}, { transport_socket: PROXY }],
  'no-metadata': [inMap(KIND)],
  'other-namespace': [inMap(KIND), has('envoy.transport_socket_match', { kind: 'yes' })],
  'own-namespace': [inMap(inputOf('Endpoint', ['kind'], 'own')), has('own', { kind: 'yes' })],
  number: [inMap(KIND), has('envoy.lb', { kind: 1 })],
  fraction: [inMap(KIND), has('envoy.lb', { kind: 0.1234567 }), {}, { transport_socket: PROXY }],
  'large-number': [inMap(KIND), has('envoy.lb', { kind: 1_234_567 }), {}, { transport_socket: PROXY }],
  object: [inMap(KIND), has('envoy.lb', { kind: { a: 'yes' } })],
  boolean: [inMap(KIND), has('envoy.lb', { kind: true })],
  list: [inMap(KIND), has('envoy.lb', { kind: ['yes'] })],
  'empty-text': [inMap(KIND), has('envoy.lb', { kind: '' })],
  deep: [inMap(inputOf('Endpoint', ['a', 'b'])), has('envoy.lb', { a: { b: 'yes' } })],
  'not-deep': [inMap(inputOf('Endpoint', ['a', 'b'])), has('envoy.lb', { a: 'yes' })],
  locality: [inMap(inputOf('Locality', ['kind'])), {}, has('envoy.lb', { kind: 'yes' })],
  'not-locality': [inMap(inputOf('Locality', ['kind'])), has('envoy.lb', { kind: 'yes' })],
  'no-match': [inMap(KIND, { on_no_match: socketNamed('with-header') }), has('envoy.lb', { kind: 'other' })],
  'criteria-do-not-count': [{}, wants({ header: 'yes', level: 2 })],
  prefix: [inList(KIND, 'ye'), has('envoy.lb', { kind: 'yes' })],
  'kept-on': [inList(KIND, 'kept'), has('envoy.lb', { kind: 'kept' })],
}

async function chosenTraffic(side: Side): Promise<void> {
  for (const name of Object.keys(CHOSEN)) {
    await side.exchange('front', `GET /${name}/ HTTP/1.1\r\nhost: a\r\n\r\n`)
  }
  side.note('received', side.receivedBy('app').map(ports))
}

differential('transport sockets that a matcher chooses', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', { routes: Object.keys(CHOSEN).map((name) => routeTo(name, `/${name}/`)) })],
      clusters: Object.entries(CHOSEN).map(
        ([name, [transport_socket_matcher, endpoint = {}, locality = {}, more = {}]]) =>
          matched(name, port('app'), endpoint, locality, { transport_socket_matcher, ...more }),
      ),
    },
  }),
  traffic: chosenTraffic,
  stats: /^cluster\.[^.]+\.(?:upstream_cx_(?:total|connect_fail)|\w+\.total_match_count)$/,
})

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
