/* When the TCP proxy connects, what it takes before, how hosts are chosen, and what filters may change for one connection. */
import { blackHole } from '../support/black-hole.ts'
import { staticCluster } from '../support/configs.ts'
import type { RawClient } from '../support/raw-client.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

interface SettingsCase {
  readonly proxy: object
  /** Objects of filter state by name, with the name of their factory where it is another one. */
  readonly state?: Readonly<Record<string, string | readonly [factory: string, text: string]>>
  /** The same, by a listener filter. */
  readonly earlyState?: SettingsCase['state']
  readonly client?: (client: RawClient) => Promise<void>
}

const FILTERS = 'type.googleapis.com/envoy.extensions.filters'
const LOG =
  '%RESPONSE_FLAGS% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% host=%UPSTREAM_HOST% hosts=%UPSTREAM_HOSTS_ATTEMPTED% ' +
  'cluster=%UPSTREAM_CLUSTER% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% up-tx=%UPSTREAM_WIRE_BYTES_SENT% ' +
  'up-rx=%UPSTREAM_WIRE_BYTES_RECEIVED% down=%DOWNSTREAM_LOCAL_CLOSE_REASON%'
const OK = 'x-do: ok;fin\r\n\r\n'
const lb = (labels: object): object => ({ filter_metadata: { 'envoy.lb': labels } })
const onData = (bytes: number): object => ({ upstream_connect_mode: 'ON_DOWNSTREAM_DATA', max_early_data_bytes: bytes })
const hash = (policy: object): object => ({ cluster: 'ring', hash_policy: [policy] })

const CASES: Readonly<Record<string, SettingsCase>> = {
  'with the first bytes': { proxy: { cluster: 'app', ...onData(1000) } },
  'with the first bytes, and all before there is an end': {
    proxy: { cluster: 'app', ...onData(1000) },
    client: async (client) => {
      client.write(OK)
      client.end()
    },
  },
  'with the first bytes, of which there are too many': {
    proxy: { cluster: 'app', ...onData(3) },
    client: async (client) => {
      client.write('x-a: many\r\n')
      await Bun.sleep(30)
      client.write(OK)
    },
  },
  'with the first bytes, of which none is taken': { proxy: { cluster: 'app', ...onData(0) } },
  'with bytes that do not come': {
    proxy: { cluster: 'app', idle_timeout: '0.3s', ...onData(10) },
    client: async () => undefined,
  },
  'with bytes that never come': {
    proxy: { cluster: 'app', idle_timeout: '0.3s', ...onData(10) },
    client: async (client) => client.end(),
  },
  'with the first bytes, but nobody is there': { proxy: { cluster: 'dead', max_connect_attempts: 2, ...onData(1000) } },
  'with the first bytes, but there is no cluster': { proxy: { cluster: 'none', ...onData(1000) } },
  'at once, early bytes': { proxy: { cluster: 'app', max_early_data_bytes: 100 } },
  'at once, early bytes for nobody': {
    proxy: {
      cluster: 'dead',
      max_early_data_bytes: 100,
      max_connect_attempts: 3,
      backoff_options: { base_interval: '0.1s' },
    },
  },
  'with a handshake that there is none of': {
    proxy: { cluster: 'app', upstream_connect_mode: 'ON_DOWNSTREAM_TLS_HANDSHAKE', max_early_data_bytes: 100 },
  },
  'early bytes by filter state': {
    proxy: { cluster: 'app' },
    earlyState: { 'envoy.tcp_proxy.receive_before_connect': ['envoy.bool', 'true'] },
  },
  'no early bytes by filter state': {
    proxy: { cluster: 'app' },
    earlyState: { 'envoy.tcp_proxy.receive_before_connect': ['envoy.bool', 'false'] },
  },
  'idle before there is a connection': {
    proxy: { cluster: 'hole', idle_timeout: '0.2s' },
  },
  'another cluster': { proxy: { cluster: 'none' }, state: { 'envoy.tcp_proxy.cluster': 'app' } },
  'another cluster than one of several': {
    proxy: { weighted_clusters: { clusters: [{ name: 'app', weight: 1 }] } },
    state: { 'envoy.tcp_proxy.cluster': 'none' },
  },
  'another idle timeout': {
    proxy: { cluster: 'app' },
    state: { 'envoy.tcp_proxy.per_connection_idle_timeout_ms': '200' },
    client: async (client) => client.write('x-do: hang\r\n\r\n'),
  },
  'no tunnel for this one': {
    proxy: { cluster: 'app', tunneling_config: { hostname: 'a' } },
    state: { 'envoy.tcp_proxy.disable_tunneling': 'true' },
  },
  'a tunnel for this one': {
    proxy: { cluster: 'app', tunneling_config: { hostname: 'a' } },
    state: { 'envoy.tcp_proxy.disable_tunneling': 'false' },
  },
  'by its address': { proxy: hash({ source_ip: {} }) },
  'by a text': { proxy: hash({ filter_state: { key: 'k' } }), state: { k: ['envoy.hashable_string', 'one'] } },
  'by another text': { proxy: hash({ filter_state: { key: 'k' } }), state: { k: ['envoy.hashable_string', 'three'] } },
  'the hosts that it wants': { proxy: { cluster: 'subsets', metadata_match: lb({ v: 'b' }) } },
  'hosts that are not there': { proxy: { cluster: 'subsets', metadata_match: lb({ v: 'x' }) } },
  'hosts of one of several clusters': {
    proxy: {
      metadata_match: lb({ v: 'a' }),
      weighted_clusters: { clusters: [{ name: 'subsets', weight: 1, metadata_match: lb({ v: 'b' }) }] },
    },
  },
  'hosts of several clusters': {
    proxy: { metadata_match: lb({ v: 'a' }), weighted_clusters: { clusters: [{ name: 'subsets', weight: 1 }] } },
  },
}

const cases = Object.keys(CASES).map((name, i) => [`c${i}`, name, CASES[name]!] as const)

function stateFilter(kind: 'network' | 'listener', states: NonNullable<SettingsCase['state']>): object {
  const type = kind === 'network' ? 'network.set_filter_state.v3.Config' : 'listener.set_filter_state.v3.Config'
  const field = kind === 'network' ? 'on_new_connection' : 'on_accept'
  const values = Object.entries(states).map(([key, value]) => {
    const [factory, text] = typeof value === 'string' ? [undefined, value] : value
    return {
      object_key: key,
      ...(factory === undefined ? {} : { factory_key: factory }),
      format_string: { text_format_source: { inline_string: text } },
    }
  })
  return {
    name: `envoy.filters.${kind}.set_filter_state`,
    typed_config: { '@type': `${FILTERS}.${type}`, [field]: values },
  }
}

function listener(id: string, { proxy, state, earlyState }: SettingsCase): object {
  const typed_config = {
    '@type': `${FILTERS}.network.tcp_proxy.v3.TcpProxy`,
    stat_prefix: id,
    access_log: [fileLog(`${id}.log`, textFormat(LOG))],
    ...proxy,
  }
  return {
    name: id,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    ...(earlyState === undefined ? {} : { listener_filters: [stateFilter('listener', earlyState)] }),
    filter_chains: [
      {
        filters: [
          ...(state === undefined ? [] : [stateFilter('network', state)]),
          { name: 'envoy.filters.network.tcp_proxy', typed_config },
        ],
      },
    ],
  }
}

function hosts(ports: readonly number[], labels: readonly string[]): object[] {
  return labels.map((v, i) => ({
    endpoint: { address: { socket_address: { address: `127.0.0.${i + 1}`, port_value: ports[i % ports.length] } } },
    metadata: lb({ v }),
  }))
}

async function converse(side: Side, id: string, name: string, { client: act }: SettingsCase): Promise<void> {
  using client = await side.connect(id)
  if (act === undefined) client.write(OK)
  else await act(client)
  const closed = await client.closed(900).then(
    () => true,
    () => false,
  )
  side.note(name, [client.received(), closed])
  client.end()
  await side.noteLog(`${id}.log`, 1)
}

let holePort = 0

differential('settings of the TCP proxy', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: cases.map(([id, , settings]) => listener(id, settings)),
      clusters: [
        staticCluster('app', [port('app')]),
        staticCluster('dead', [1]),
        staticCluster('hole', [holePort]),
        {
          ...staticCluster('ring', []),
          lb_policy: 'RING_HASH',
          load_assignment: {
            cluster_name: 'ring',
            endpoints: [{ lb_endpoints: hosts([1], ['a', 'b', 'c', 'd', 'e', 'f']) }],
          },
        },
        {
          ...staticCluster('subsets', []),
          lb_subset_config: { fallback_policy: 'NO_FALLBACK', subset_selectors: [{ keys: ['v'] }] },
          load_assignment: {
            cluster_name: 'subsets',
            endpoints: [{ lb_endpoints: hosts([1], ['a', 'b']) }],
          },
        },
      ],
    },
  }),
  before: async () => void (holePort = (await blackHole()).port),
  traffic: async (side) => {
    for (const [id, name, settings] of cases) await converse(side, id, name, settings)
    side.note('received', side.receivedBy('app'))
  },
  stats: /^tcp\.c\d+|^cluster\.app\.upstream_(?:cx|rq)_total/,
  // Bytes are read earlier here; that an end comes with the last ones, and what comes first, is chance.
  volatile: /bytes_buffered|rx_bytes_total|tcp\.c(?:1|8|10|11)\.early/,
})
