/* Every operator over requests that end in many ways: in the log of the connection manager, and in that of the router. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { ALL_OPERATORS, comparable } from './support/all-operators.ts'
import { differential } from './support/differential.ts'
import { fileLog } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const METADATA = { filter_metadata: { m: { k: 'v', o: { x: 1, y: [true, null, 's'], z: {} } } } }
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'

const ROUTES = [
  { ...direct('/direct', 'hello'), name: 'dir', metadata: METADATA },
  { match: { prefix: '/redirect' }, redirect: { host_redirect: 'b.test' } },
  routeTo('dead', '/dead'),
  routeTo('nope', '/nc'),
  routeTo('empty', '/empty'),
  routeTo('app', '/timeout', { timeout: '0.3s' }),
  routeTo('app', '/retry', { retry_policy: { retry_on: '5xx', num_retries: 2 } }),
  {
    ...routeTo('app', '/rw', { prefix_rewrite: '/written', host_rewrite_literal: 'up.test' }),
    name: 'rewritten',
    metadata: METADATA,
  },
  routeTo('app'),
]

const VIRTUAL_HOST = {
  name: 'all',
  domains: ['*'],
  routes: ROUTES,
  metadata: METADATA,
  virtual_clusters: [{ name: 'vc', headers: [{ name: ':path', string_match: { prefix: '/rw' } }] }],
}

const UPSTREAM_OPTIONS = { flush_upstream_log_on_upstream_stream: true }

function listener(): object {
  const upstreamLog = { upstream_log: [fileLog('upstream.log', ALL_OPERATORS)], upstream_log_options: UPSTREAM_OPTIONS }
  return {
    ...httpListener('front', {
      extra: {
        delayed_close_timeout: '0.1s',
        stream_idle_timeout: '0.6s',
        http_protocol_options: { enable_trailers: true },
        upgrade_configs: [{ upgrade_type: 'websocket' }],
        access_log: [fileLog('access.log', ALL_OPERATORS)],
        http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': ROUTER, ...upstreamLog } }],
        route_config: { name: 'local', validate_clusters: false, virtual_hosts: [VIRTUAL_HOST] },
      },
    }),
    metadata: METADATA,
  }
}

async function traffic(side: Side): Promise<void> {
  let count = 0
  const logged = async (): Promise<void> => void (await side.logLines('access.log', ++count))
  const request = async (name: string, line: string, ...headers: readonly string[]): Promise<void> => {
    await side.request(name, 'front', line, ...headers)
    await logged()
  }
  const raw = async (name: string, bytes: string, ends = false): Promise<void> => {
    await side.send(name, 'front', bytes, ends)
    await logged()
  }
  await request('simple', 'GET /p/a?a=1&b=%41b&a=2', 'x-two: 1', 'x-two: 2', 'x-empty:')
  await request('direct', 'GET /direct')
  await request('redirect', 'GET /redirect')
  await request('head', 'HEAD /x')
  await request('204 with a length', 'GET /x', 'x-do: status=204')
  await request('rewritten', 'GET /rw/x?q=1')
  await request('refused connection', 'GET /dead')
  await request('no cluster', 'GET /nc')
  await request('no host', 'GET /empty')
  await request('reset', 'GET /x', 'x-do: reset')
  await request('no HTTP', 'GET /x', 'x-do: garbage')
  await request('timeout', 'GET /timeout', 'x-do: hang')
  await request('retried', 'GET /retry', 'x-do: fail=1')
  await request('retried in vain', 'GET /retry2', 'x-do: status=503')
  await request('retried after resets', 'GET /retry3', 'x-do: reset')
  await request('idle', 'GET /x', 'x-do: hang')
  await raw('idle client', 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n')
  await request('WebSocket refused', 'GET /x', 'connection: upgrade', 'upgrade: websocket')
  await request('gRPC', 'POST /x', 'content-type: application/grpc', 'x-do: header=grpc-status:5')
  await request('gRPC 503', 'POST /x', 'content-type: application/grpc', 'x-do: status=503')
  await request('gRPC to nobody', 'POST /dead', 'content-type: application/grpc')
  await raw('body', 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc')
  const chunks = '3\r\nabc\r\n0\r\nx-t: v\r\n\r\n'
  await raw('trailers', `POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nx-do: chunked\r\n\r\n${chunks}`)
  await raw('bad field', 'GET /x HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n', true)
  await raw('bad chunk', 'POST /x HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', true)
  await raw('HTTP/1.0', 'GET /x HTTP/1.0\r\nHost: a\r\n\r\n', true)
  await raw('CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', true)
  await raw('cut', 'GET /x HTTP/1.1\r\nHost: a\r\nx-do: cut\r\n\r\n', true)
  const two = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n'
  await raw('pipelined', two + two)
  await logged()
  {
    using client = await side.connect('front')
    client.write('GET /gone HTTP/1.1\r\nHost: a\r\nx-do: hang\r\n\r\n')
    await Bun.sleep(200)
    client.destroy()
    await logged()
  }
  {
    using client = await side.connect('front')
    client.write('GET /ws HTTP/1.1\r\nHost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nx-do: websocket\r\n\r\n')
    await client.until('101')
    client.write('hello')
    await client.until('hello')
    client.destroy()
    await logged()
  }
  for (const [index, line] of (await side.logLines('access.log', count)).entries()) {
    side.note(`record ${index}`, comparable(line))
  }
  for (const [index, line] of (await side.logLines('upstream.log', 40)).entries()) {
    side.note(`upstream record ${index}`, comparable(line, NOT_OF_ATTEMPTS))
  }
}

/**
 * When an attempt ends, what goes to the client because of it may have been written or not; and Envoy's attempt knows the
 * points of its connection's beginning and end by other clocks.
 */
const NOT_OF_ATTEMPTS = /DOWNSTREAM_\w+_BYTES_SENT|DS_CX_BEG|REQUESTED_SERVER_NAME|SERVICE-TIME/

differential('every operator of access logs', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [listener()],
      clusters: [
        staticCluster('app', [port('app')], { alt_stat_name: 'app_alt', metadata: METADATA }),
        staticCluster('dead', [1]),
        staticCluster('empty', []),
      ],
    },
  }),
  traffic,
})
