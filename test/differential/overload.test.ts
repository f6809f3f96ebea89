/* Under pressure: what each load shed point and trigger refuses, beside the real Envoy. */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { eventually } from '../support/dynamic-files.ts'
import { differential } from './support/differential.ts'
import { fileLog, OUTCOME, textFormat } from './support/pieces.ts'
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
