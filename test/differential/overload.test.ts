/* Under pressure: what each load shed point and trigger refuses, beside the real Envoy. */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { eventually } from '../support/dynamic-files.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const INJECTED = 'envoy.resource_monitors.injected_resource'
const CONNECTIONS = 'envoy.resource_monitors.global_downstream_max_connections'
const TYPES = 'type.googleapis.com/envoy.extensions.resource_monitors.'
const log = { access_log: [fileLog('access.log', textFormat(`${OUTCOME} %DOWNSTREAM_LOCAL_CLOSE_REASON%`))] }
const triggers = [{ name: INJECTED, threshold: { value: 0.9 } }]

function bootstrap(overload: object, port: number): Record<string, unknown> {
  const injected = {
    name: INJECTED,
    typed_config: {
      '@type': `${TYPES}injected_resource.v3.InjectedResourceConfig`,
      filename: '{folder}/pressure',
    },
  }
  const most = {
    name: CONNECTIONS,
    typed_config: {
      '@type': `${TYPES}downstream_connections.v3.DownstreamConnectionsConfig`,
      max_active_downstream_connections: 4,
    },
  }
  const retries = { retry_policy: { retry_on: '5xx,reset,connect-failure', num_retries: 2 } }
  const redirect = { match: { prefix: '/redirect' }, redirect: { host_redirect: 'else.where' } }
  const unknown = { match: { prefix: '/unknown' }, route: { cluster_header: 'x-cluster' } }
  const routes = [direct('/direct', 'hi'), redirect, unknown, routeTo('app', '/retry', retries), routeTo('app')]
  const proxy = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    stat_prefix: 'tcp',
    cluster: 'app',
    ...log,
  }
  const tcp = {
    name: 'tcp',
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config: proxy }] }],
  }
  return {
    overload_manager: { refresh_interval: '0.02s', resource_monitors: [injected, most], ...overload },
    static_resources: {
      listeners: [httpListener('front', { routes, extra: log }), tcp],
      clusters: [staticCluster('app', [port])],
    },
  }
}

/** Until main and worker threads have acted on it. */
async function press({ proxy }: Side, pressure: number): Promise<void> {
  writeFileSync(join(proxy.folder, 'next'), String(pressure))
  renameSync(join(proxy.folder, 'next'), join(proxy.folder, 'pressure'))
  const percent = Math.trunc(pressure * 100)
  await eventually('pressure', async () => (await proxy.stat(`overload.${INJECTED}.pressure`)) === percent)
  await Bun.sleep(50)
}

const STATS =
  /^overload\.(?!refresh|.*injected_resource.failed)|^http\.ingress\.(?:downstream_rq_(?!time)|rq_)|^tcp\.tcp\.downstream_cx_(?:total|overload)|^cluster\.app\.(?:upstream_rq_(?!time)|upstream_cx_(?:total|connect_attempts|overflow))/

const TCP = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'

for (const point of [
  'http_connection_manager_decode_headers',
  'http1_server_abort_dispatch',
  'http_downstream_filter_check',
  'connection_pool_new_connection',
  'tcp_proxy_on_data',
  'tcp_proxy_upstream_connect',
]) {
  differential(`the load shed point ${point}`, {
    backends: ['app'],
    bootstrap: (port) =>
      bootstrap({ loadshed_points: [{ name: `envoy.load_shed_points.${point}`, triggers }] }, port('app')),
    stats: STATS,
    traffic: async (side) => {
      using held = await side.connect('tcp')
      held.write(TCP)
      await held.until('\r\n\r\n')
      await press(side, 0.95)
      for (const path of ['/direct', '/redirect', '/unknown', '/', '/retry']) {
        await side.request(path, 'front', `GET ${path}`)
      }
      await side.send('post', 'front', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc')
      held.write(TCP)
      await Bun.sleep(150)
      side.note('tcp held', held.received().split('200 Whatever').length)
      held.destroy()
      await Bun.sleep(50)
      using tcp = await side.connect('tcp')
      tcp.write(TCP)
      await Bun.sleep(150)
      side.note('tcp', tcp.received().split('\r\n')[0])
      tcp.destroy()
      await Bun.sleep(50)
      await press(side, 0)
      await side.request('afterwards', 'front', 'GET /')
      await side.noteLog('access.log', 9)
    },
  })
}

differential('the number of connections as a trigger', {
  bootstrap: () =>
    bootstrap(
      {
        actions: [
          {
            name: 'envoy.overload_actions.disable_http_keepalive',
            triggers: [{ name: CONNECTIONS, threshold: { value: 0.5 } }],
          },
          { name: 'envoy.overload_actions.close_idle_http_connections', triggers },
          { name: 'envoy.overload_actions.reset_high_memory_stream', triggers },
        ],
        buffer_factory_config: { minimum_account_to_track_power_of_two: 15 },
      },
      1,
    ),
  stats: /^overload\.(?!refresh|.*injected_resource.failed)|^http\.ingress\.downstream_cx_overload|global_cx_overflow/,
  traffic: async (side) => {
    await press(side, 0.95)
    const opened = await Promise.all([0, 1, 2, 3].map(async () => side.connect('front')))
    await eventually('the count', async () => (await side.proxy.stat(`overload.${CONNECTIONS}.pressure`)) === 100)
    await Bun.sleep(100)
    for (const [index, client] of opened.entries()) {
      client.write('GET /direct HTTP/1.1\r\nhost: a\r\n\r\n')
      await client.until('hi')
      side.note(`connection ${index}`, client.received().includes('connection: close'))
    }
    for (const client of opened) client.destroy()
    await eventually('the count', async () => (await side.proxy.stat(`overload.${CONNECTIONS}.pressure`)) === 0)
  },
})

/** What a client gets that asks on a new connection, and whether that stays open for a moment. */
async function noteExchange(side: Side, name: string, path = '/direct'): Promise<void> {
  try {
    using client = await side.connect('front')
    client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
    const ended = await client.closed(400).then(
      () => true,
      () => false,
    )
    const [head = '', body = ''] = client.received().split('\r\n\r\n')
    const [status = '', ...headers] = head.split('\r\n')
    side.note(name, { status, headers: headers.filter((line) => !line.startsWith('date')).sort(), body, ended })
  } catch (error) {
    side.note(name, (error as NodeJS.ErrnoException).code)
  }
}

const CONNECTION_STATS =
  /^overload\.(?!refresh|.*injected_resource.failed)|^http\.ingress\.downstream_(?:rq_(?!time)|cx_(?!length|rx|tx))|^listener\..*(?:overload|cx_overflow|cx_total$)/

for (const point of ['tcp_listener_accept', 'hcm_ondata_creating_codec']) {
  differential(`the load shed point ${point}`, {
    bootstrap: () => bootstrap({ loadshed_points: [{ name: `envoy.load_shed_points.${point}`, triggers }] }, 1),
    stats: CONNECTION_STATS,
    traffic: async (side) => {
      using held = await side.connect('front')
      held.write('GET /direct HTTP/1.1\r\nhost: a\r\n\r\n')
      await held.until('hi')
      await press(side, 0.95)
      held.write('GET /direct HTTP/1.1\r\nhost: a\r\n\r\n')
      await held.until(/hi[^]*hi/)
      await noteExchange(side, 'new')
      await press(side, 0)
      await noteExchange(side, 'afterwards')
      held.destroy()
    },
  })
}

for (const action of [
  'stop_accepting_requests',
  'disable_http_keepalive',
  'reject_incoming_connections',
  'stop_accepting_connections',
]) {
  differential(`the action ${action}`, {
    bootstrap: () => bootstrap({ actions: [{ name: `envoy.overload_actions.${action}`, triggers }] }, 1),
    stats: CONNECTION_STATS,
    traffic: async (side) => {
      await noteExchange(side, 'before')
      await press(side, 0.95)
      await noteExchange(side, 'new')
      await press(side, 0.89)
      await Bun.sleep(100)
      await noteExchange(side, 'afterwards')
    },
  })
}

const SCALED = 'type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig'

differential('timers that shrink', {
  bootstrap: () => {
    const made = bootstrap(
      {
        actions: [
          {
            name: 'envoy.overload_actions.reduce_timeouts',
            triggers: [{ name: INJECTED, scaled: { scaling_threshold: 0.5, saturation_threshold: 0.9 } }],
            typed_config: {
              '@type': SCALED,
              timer_scale_factors: [
                { timer: 'HTTP_DOWNSTREAM_CONNECTION_IDLE', min_timeout: '0.1s' },
                { timer: 'HTTP_DOWNSTREAM_STREAM_IDLE', min_scale: { value: 1 } },
                { timer: 'HTTP_DOWNSTREAM_CONNECTION_MAX', min_timeout: '1s' },
                { timer: 'HTTP_DOWNSTREAM_STREAM_FLUSH', min_timeout: '1s' },
                { timer: 'TRANSPORT_SOCKET_CONNECT', min_timeout: '1s' },
              ],
            },
          },
        ],
      },
      1,
    )
    const extra = { ...log, stream_idle_timeout: '20s', drain_timeout: '0.1s' }
    const idle = { common_http_protocol_options: { idle_timeout: '60s' } }
    const listeners = [httpListener('front', { routes: [direct('/', 'hi')], extra: { ...extra, ...idle } })]
    return { ...made, static_resources: { listeners } }
  },
  stats: CONNECTION_STATS,
  traffic: async (side) => {
    using idle = await side.connect('front')
    idle.write('GET /direct HTTP/1.1\r\nhost: a\r\n\r\n')
    await idle.until('hi')
    using waiting = await side.connect('front')
    waiting.write('POST /direct HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n')
    await Bun.sleep(300)
    side.note('as usual', [idle.received().length > 0, waiting.received()])
    await press(side, 0.95)
    await idle.closed(2000)
    await waiting.closed(2000).catch(() => {})
    side.note('waiting', waiting.received().split('\r\n')[0])
    await press(side, 0.7)
    side.note('half', await side.proxy.stat('overload.envoy.overload_actions.reduce_timeouts.scale_percent'))
    await press(side, 0)
    waiting.destroy()
  },
})
