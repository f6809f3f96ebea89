/* Requests of every kind through clusters with one setting each: all stats of the clusters and hosts are the same afterwards. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const common = (common_http_protocol_options: object): object => ({
  typed_extension_protocol_options: {
    [OPTIONS]: {
      '@type': `type.googleapis.com/${OPTIONS}`,
      common_http_protocol_options,
      explicit_http_config: { http_protocol_options: {} },
    },
  },
})
const SOON = { retry_back_off: { base_interval: '0.001s', max_interval: '0.002s' } }
const UPGRADES = { upgrade_configs: [{ upgrade_type: 'websocket' }] }

/** By name, in two groups: what the cluster has, and its route. */
const GROUPS: readonly Readonly<Record<string, readonly [object, object?]>>[] = [
  {
    plain: [{}],
    upgraded: [{}, UPGRADES],
    duration: [common({ max_connection_duration: '0.3s' }), UPGRADES],
    one: [common({ max_requests_per_connection: 1 }), UPGRADES],
    stream: [common({ max_stream_duration: '0.3s' })],
    headers: [common({ max_headers_count: 2 })],
    kilobytes: [common({ max_response_headers_kb: 1 })],
  },
  {
    plain: [{}],
    tracked: [
      { track_cluster_stats: { request_response_sizes: true, timeout_budgets: true, per_endpoint_stats: true } },
    ],
    retried: [{}, { retry_policy: { retry_on: '5xx', ...SOON } }],
    hedged: [
      {},
      {
        hedge_policy: { hedge_on_per_try_timeout: true },
        retry_policy: { retry_on: '5xx', per_try_timeout: '0.15s', num_retries: 1, ...SOON },
      },
    ],
    mirrored: [{}, { request_mirror_policies: [{ cluster: 'plain' }] }],
    'idle-attempts': [{}, { retry_policy: { retry_on: 'reset', per_try_idle_timeout: '0.15s', ...SOON } }],
    preconnected: [{ preconnect_policy: { per_upstream_preconnect_ratio: 2 } }],
    small: [{ per_connection_buffer_limit_bytes: 1000 }],
  },
]

const HEAD = 'send=HTTP/1.1 200 OK\\r\\n'
const EMPTY = 'content-length: 0\\r\\n\\r\\n'
const GRPC = 'content-type: application/grpc'
const WEBSOCKET = 'connection: upgrade\r\nupgrade: websocket\r\n'

interface Request {
  readonly method?: string
  /** Whole lines. */
  readonly headers?: string
  readonly order?: string
  readonly body?: string
}

const REQUESTS: Readonly<Record<string, Request>> = {
  get: {},
  post: { method: 'POST', headers: 'content-length: 5\r\n', body: 'hello' },
  chunked: { method: 'POST', headers: 'transfer-encoding: chunked\r\n', body: '5\r\nhello\r\n0\r\n\r\n' },
  head: { method: 'HEAD', order: `${HEAD}content-length: 7\\r\\n\\r\\n` },
  large: { order: `${HEAD}content-length: 20000\\r\\n\\r\\n{20000*x}` },
  slow: { order: 'sleep=500;ok' },
  'slow body': { order: `${HEAD}content-length: 6\\r\\n\\r\\nabc;sleep=400;send=def` },
  'many headers': { order: `${HEAD}a: 1\\r\\nb: 2\\r\\nc: 3\\r\\n${EMPTY}` },
  'large header': { order: `${HEAD}a: {2000*y}\\r\\n${EMPTY}` },
  'connection: close': { order: `${HEAD}connection: close\\r\\n${EMPTY};fin` },
  redirect: { order: `send=HTTP/1.1 302 F\\r\\nlocation: http://b/\\r\\n${EMPTY}` },
  'grpc, good': {
    method: 'POST',
    headers: `${GRPC}\r\ncontent-length: 0\r\n`,
    order: `${HEAD}${GRPC}\\r\\ngrpc-status: 0\\r\\n${EMPTY}`,
  },
  'grpc, bad': {
    method: 'POST',
    headers: `${GRPC}\r\ncontent-length: 0\r\n`,
    order: `${HEAD}${GRPC}\\r\\ngrpc-status: 14\\r\\n${EMPTY}`,
  },
  '503': { order: `send=HTTP/1.1 503 N\\r\\n${EMPTY}` },
}
const UPGRADE_REQUESTS: Readonly<Record<string, Request>> = {
  accepted: {
    headers: WEBSOCKET,
    order: 'send=HTTP/1.1 101 S\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n\\r\\nhello;sleep=500;fin',
  },
  refused: { headers: WEBSOCKET, order: `send=HTTP/1.1 400 S\\r\\n${EMPTY}` },
}

const bytesOf = (cluster: string, { method = 'GET', headers = '', order, body = '' }: Request): string =>
  `${method} /${cluster}/ HTTP/1.1\r\nhost: a\r\n${headers}${order === undefined ? '' : `x-do: ${order}\r\n`}\r\n${body}`

async function all(side: Side, cluster: string): Promise<void> {
  for (const [name, request] of Object.entries(REQUESTS)) {
    await side.send(`${cluster}: ${name}`, 'front', bytesOf(cluster, request))
    await Bun.sleep(10)
  }
  for (const [name, request] of Object.entries(UPGRADE_REQUESTS)) {
    using client = await side.connect('front')
    client.write(bytesOf(cluster, request))
    await client.closed(800).catch(() => undefined)
    side.note(`${cluster}: ${name}`, client.received())
  }
  using leaving = await side.connect('front')
  leaving.write(bytesOf(cluster, { order: 'sleep=600;ok' }))
  await Bun.sleep(60)
}

const DEPENDS_ON_TIME = /(?:_ms|_time|budget\w*|rq_headers_size):/

for (const [index, group] of GROUPS.entries()) {
  differential(`requests of every kind through pools, ${index + 1}`, {
    faulty: ['app'],
    bootstrap: (port) => ({
      stats_flush_interval: '0.5s',
      static_resources: {
        listeners: [
          httpListener('front', {
            extra: { delayed_close_timeout: '0.1s' },
            routes: Object.entries(group).map(([name, [, route]]) =>
              routeTo(name, `/${name}/`, { timeout: '2s', ...route }),
            ),
          }),
        ],
        clusters: Object.entries(group).map(([name, [more]]) => staticCluster(name, [port('app')], more)),
      },
    }),
    traffic: async (side) => {
      for (const name of Object.keys(group)) await all(side, name)
      // Histograms show what was flushed.
      await Bun.sleep(1200)
      await side.noteAdmin('/clusters', (text) => text.split('\n').toSorted())
      await side.noteAdmin('/stats?type=Histograms&filter=^cluster', (text) =>
        text
          .split('\n')
          .map((line) => (DEPENDS_ON_TIME.test(line) ? line.slice(0, line.indexOf(':')) : line))
          .toSorted(),
      )
    },
    stats: /^cluster\./,
    volatile: /remaining_cx_pools|buffered|_bytes_total|flow_control/,
  })
}
