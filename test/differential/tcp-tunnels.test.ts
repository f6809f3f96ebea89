/* The TCP proxy through an HTTP proxy: what requests it makes, what it takes for an answer, and how tunnels end. */
import { staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

interface TunnelCase {
  /** What the proxy does, see `test/support/faulty-backend.ts`. */
  readonly script: string
  readonly tunnel?: { readonly headers_to_add?: readonly object[] } & Readonly<Record<string, unknown>>
  readonly proxy?: object
  readonly cluster?: object
  readonly client?: 'ends' | 'leaves' | 'stays' | 'sends much'
  readonly port?: number
}

const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
const UUID = { '@type': 'type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig' }
const OK = 'send=HTTP/1.1 200 OK\\r\\n\\r\\n'
const HEADERS_STATE = 'envoy.tcp_proxy.propagate_response_headers'
const LOG =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %PROTOCOL% %UPSTREAM_PROTOCOL% ' +
  'failure=%UPSTREAM_TRANSPORT_FAILURE_REASON% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% host=%UPSTREAM_HOST% ' +
  'hosts=%UPSTREAM_HOSTS_ATTEMPTED% remote=%UPSTREAM_REMOTE_ADDRESS% cluster=%UPSTREAM_CLUSTER% rx=%BYTES_RECEIVED% ' +
  'tx=%BYTES_SENT% up-tx=%UPSTREAM_WIRE_BYTES_SENT%/%UPSTREAM_HEADER_BYTES_SENT% ' +
  'up-rx=%UPSTREAM_WIRE_BYTES_RECEIVED%/%UPSTREAM_HEADER_BYTES_RECEIVED% ' +
  'ended=%UPSTREAM_DETECTED_CLOSE_TYPE%,%UPSTREAM_LOCAL_CLOSE_REASON% ' +
  `down=%DOWNSTREAM_DETECTED_CLOSE_TYPE%,%DOWNSTREAM_LOCAL_CLOSE_REASON% headers=%FILTER_STATE(${HEADERS_STATE})% ` +
  `plain=%FILTER_STATE(${HEADERS_STATE}:PLAIN)% id=%DYNAMIC_METADATA(envoy.filters.network.tcp_proxy)%`

const add = (key: string, value: string, more: object = {}): object => ({ header: { key, value }, ...more })
const limits = (thresholds: object): object => ({ circuit_breakers: { thresholds: [thresholds] } })

const CASES: Readonly<Record<string, TunnelCase>> = {
  ok: { script: 'send=HTTP/1.1 200 OK\\r\\nx-a: b\\r\\n\\r\\n;sleep=50;send=hello;sleep=50;fin' },
  'bytes with the head': { script: 'send=HTTP/1.1 200 OK\\r\\nx-a: b\\r\\n\\r\\nhello;sleep=50;fin' },
  '201 with a length': { script: 'send=HTTP/1.1 201 OK\\r\\ncontent-length: 2\\r\\n\\r\\nhello;sleep=50;fin' },
  'in chunks, it says': {
    script: 'send=HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\nhello;sleep=50;fin',
  },
  'says go on first': {
    script: 'send=HTTP/1.1 100 Continue\\r\\n\\r\\n;sleep=20;send=HTTP/1.1 200 OK\\r\\n\\r\\nhi;sleep=50;fin',
  },
  403: { script: 'send=HTTP/1.1 403 Forbidden\\r\\ncontent-length: 2\\r\\n\\r\\nno' },
  101: { script: 'send=HTTP/1.1 101 Sw\\r\\nconnection: upgrade\\r\\nupgrade: x\\r\\n\\r\\nhi;sleep=50;fin' },
  '503 three times': {
    script: 'send=HTTP/1.1 503 x\\r\\ncontent-length: 0\\r\\n\\r\\n',
    proxy: { max_connect_attempts: 3 },
  },
  'once not': { script: 'once;fin', proxy: { max_connect_attempts: 3 } },
  garbage: { script: 'send=XXXX\\r\\n\\r\\n' },
  fin: { script: 'fin' },
  'fin twice': { script: 'fin', proxy: { max_connect_attempts: 2 } },
  reset: { script: 'reset' },
  'reset later': { script: `${OK}hi;sleep=50;reset` },
  'idle before there is an answer': { script: 'hang', proxy: { idle_timeout: '0.3s' } },
  'too long before there is an answer': { script: 'hang', proxy: { max_downstream_connection_duration: '0.3s' } },
  idle: { script: `${OK}hi;hang`, proxy: { idle_timeout: '0.3s' } },
  'client ends': { script: `${OK}hi;sleep=300;send=more;fin`, client: 'ends' },
  'client leaves': { script: `${OK}hi;hang`, client: 'leaves' },
  'client sends much': { script: `${OK};sleep=300;fin`, client: 'sends much' },
  refused: { script: 'x', port: 1, proxy: { max_connect_attempts: 2 } },
  'headers and what becomes of those of the answer': {
    script: 'send=HTTP/1.1 200 OK\\r\\nx-a: b\\r\\nX-C: d\\r\\nx-c: e\\r\\n\\r\\n;sleep=50;fin',
    tunnel: {
      hostname: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%:%DOWNSTREAM_LOCAL_PORT%-%REQUESTED_SERVER_NAME%',
      propagate_response_headers: true,
      propagate_response_trailers: true,
      headers_to_add: [
        add('x-one', '%UPSTREAM_CLUSTER%|%DYNAMIC_METADATA(a:b)%|'),
        add('X-Two', 'v'),
        add('x-two', 'w'),
        add('x-empty', '%REQ(x)%'),
        add('x-kept', '%REQ(x)%', { keep_empty_value: true }),
        add('x-three', 'a'),
        add('x-three', 'b', { append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' }),
        add('x-four', 'c', { append_action: 'ADD_IF_ABSENT' }),
      ],
    },
  },
  'headers of a refusal': {
    script: 'send=HTTP/1.1 403 No\\r\\nx-a: b\\r\\ncontent-length: 0\\r\\n\\r\\n',
    tunnel: { propagate_response_headers: true },
  },
  'an id': { script: `${OK};sleep=50;fin`, tunnel: { request_id_extension: { typed_config: UUID } } },
  'an id by other names': {
    script: `${OK};sleep=50;fin`,
    tunnel: {
      request_id_header: 'X-My-Id',
      request_id_metadata_key: 'mine',
      request_id_extension: { typed_config: { ...UUID, pack_trace_reason: false } },
    },
  },
  'names without an id': {
    script: `${OK};sleep=50;fin`,
    tunnel: { request_id_header: 'X-My-Id', request_id_metadata_key: 'mine' },
  },
  'nowhere to': { script: `${OK};sleep=50;fin`, tunnel: { hostname: '%REQUESTED_SERVER_NAME%' } },
  'no hosts': { script: 'x', cluster: { load_assignment: { cluster_name: 'x' } } },
  'no pending requests': { script: 'x', cluster: limits({ max_pending_requests: 0 }) },
  'no requests': { script: 'x', cluster: limits({ max_requests: 0 }) },
  'no pools': { script: 'x', cluster: limits({ max_connection_pools: 0 }) },
}

const cases = Object.keys(CASES).map((name, i) => [`c${i}`, name, CASES[name]!] as const)

function tunnelListener(id: string, { script, tunnel, proxy }: TunnelCase): object {
  const tunneling_config = {
    hostname: 'tunnel.test:443',
    ...tunnel,
    headers_to_add: [add('x-do', script), add('x-once', id), ...(tunnel?.headers_to_add ?? [])],
  }
  const typed_config = {
    '@type': TCP_PROXY,
    stat_prefix: id,
    cluster: id,
    access_log: [fileLog(`${id}.log`, textFormat(LOG))],
    tunneling_config,
    ...proxy,
  }
  return {
    name: id,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config }] }],
  }
}

async function converse(side: Side, id: string, name: string, { client: kind = 'stays' }: TunnelCase): Promise<void> {
  using client = await side.connect(id)
  client.write('first')
  await Bun.sleep(120)
  if (kind === 'leaves') client.destroy()
  else client.write(kind === 'sends much' ? 'x'.repeat(300_000) : 'second')
  if (kind === 'ends') client.end()
  const closed = await client.closed(800).then(
    () => true,
    () => false,
  )
  side.note(name, [client.received(), closed])
  client.destroy()
  await side.noteLog(`${id}.log`, 1)
}

differential('tunnels of the TCP proxy', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: cases.map(([id, , tunnel]) => tunnelListener(id, tunnel)),
      clusters: cases.map(([id, name, { port: own, cluster }]) =>
        staticCluster(id, [own ?? port('app')], {
          connect_timeout: '1s',
          alt_stat_name: `${id}_${name.replaceAll(/[^a-z0-9]+/g, '_')}`,
          ...cluster,
        }),
      ),
    },
  }),
  traffic: async (side) => {
    for (const [id, name, tunnel] of cases) await converse(side, id, name, tunnel)
    side.note('received', side.receivedBy('app'))
  },
  // c0 has a final 101 nobody asked for, which ends the response one event earlier here.
  stats: /^cluster\.c(?!0_)\d+|^tcp\.c\d+/,
  volatile: /bytes_(?:total|buffered)|circuit_breakers/,
})
