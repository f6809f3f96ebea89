/* Fields of the router that concern few requests. */
import { httpListener, namedEndpointCluster, routeTo, staticCluster } from '../support/configs.ts'
import { ALL_OPERATORS, comparable } from './support/all-operators.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const CONNECT_LISTENERS = ['on', 'off']

differential('bytes of a CONNECT before it is accepted', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: CONNECT_LISTENERS.map((name) =>
        httpListener(name, {
          statPrefix: name,
          routes: [
            {
              match: { connect_matcher: {}, headers: [{ name: 'x-ends', present_match: true }] },
              route: { cluster: 'app', upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] },
            },
            { match: { connect_matcher: {} }, route: { cluster: 'app' } },
            routeTo('app'),
          ],
          router: { reject_connect_request_early_data: name === 'on' },
          extra: {
            access_log: [fileLog(`${name}.log`, textFormat(OUTCOME))],
            upgrade_configs: [{ upgrade_type: 'CONNECT' }, { upgrade_type: 'websocket' }],
          },
        }),
      ),
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: /^http\.(?:on|off)\.downstream_rq_\dxx$/,
  traffic: async (side) => {
    const requests = {
      'ends here': 'CONNECT a.test:80 HTTP/1.1\r\nhost: a.test:80\r\nx-ends: 1\r\n\r\n',
      forwarded: 'CONNECT a.test:80 HTTP/1.1\r\nhost: a.test:80\r\nx-do: delay=100\r\n\r\n',
      websocket:
        'GET / HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: websocket\r\nx-do: websocket\r\n\r\n',
    }
    for (const listener of CONNECT_LISTENERS) {
      for (const [name, head] of Object.entries(requests)) {
        using client = await side.connect(listener)
        client.write(`${head}hello`)
        await client.until(/HTTP\/1\.1 \d{3}[^]*\r\n\r\n/)
        await Bun.sleep(20)
        side.note(`${listener}: ${name}`, client.received().split('\r\n'))
      }
      await side.noteLog(`${listener}.log`, 3)
    }
  },
})

differential('gRPC without counts by status', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            {
              ...routeTo('app', '/retry', {
                retry_policy: { retry_on: '5xx', retry_back_off: { base_interval: '0.001s' } },
              }),
              stat_prefix: 'retry',
            },
            routeTo('app'),
          ],
          virtualHost: {
            virtual_clusters: [{ name: 'all', headers: [{ name: ':path', string_match: { prefix: '/' } }] }],
          },
          router: { suppress_grpc_request_failure_code_stats: true },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: /^(?:cluster\.app|vhost)\..*upstream_rq_(?:\d..|completed|retry|total)/,
  traffic: async (side) => {
    const grpc = 'content-type: application/grpc'
    for (const path of ['/', '/retry']) {
      for (const order of ['status=200', 'status=503', 'status=404']) {
        await side.request(`${path} ${order}`, 'front', `POST ${path}`, `x-do: ${order}`, 'content-length: 0')
        await side.request(
          `gRPC ${path} ${order}`,
          'front',
          `POST ${path}`,
          `x-do: ${order}`,
          'content-length: 0',
          grpc,
        )
      }
    }
  },
})

differential('requests that end while they wait for a connection', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            routeTo('app', '/slow', { timeout: '5s' }),
            routeTo('app', '/try', { timeout: '0.3s', retry_policy: { retry_on: '5xx', per_try_timeout: '0.1s' } }),
            routeTo('app', '/', { timeout: '0.2s' }),
          ],
          extra: { access_log: [fileLog('access.log', ALL_OPERATORS)] },
        }),
      ],
      clusters: [
        staticCluster('app', [port('app')], {
          circuit_breakers: { thresholds: [{ max_connections: 1, max_pending_requests: 5 }] },
        }),
      ],
    },
  }),
  traffic: async (side) => {
    using busy = await side.connect('front')
    busy.write('GET /slow HTTP/1.1\r\nhost: a\r\nx-do: hang\r\n\r\n')
    await Bun.sleep(100)
    const leaving = await side.connect('front')
    leaving.write('GET /left HTTP/1.1\r\nhost: a\r\n\r\n')
    await Bun.sleep(100)
    leaving.destroy()
    await side.request('timeout', 'front', 'GET /')
    await side.request('timeout of a try', 'front', 'GET /try')
    side.note(
      'log',
      (await side.logLines('access.log', 3)).map((line) => comparable(line)),
    )
  },
})

differential('rewrites without headers of Envoy', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: ['named', 'quiet'].map((name) =>
        httpListener(name, {
          routes: [
            routeTo('app', '/literal', { host_rewrite_literal: 'new.test', prefix_rewrite: '/new' }),
            routeTo('app', '/auto', { auto_host_rewrite: true, append_x_forwarded_host: true }),
          ],
          router: { suppress_envoy_headers: name === 'quiet' },
        }),
      ),
      clusters: [namedEndpointCluster('app', 'up.test', port('app'))],
    },
  }),
  traffic: async (side) => {
    for (const listener of ['named', 'quiet']) {
      for (const path of ['/literal', '/auto']) {
        await side.request(`${listener} ${path}`, listener, `GET ${path}`)
        await side.request(
          `${listener} ${path}, sent by the client`,
          listener,
          `GET ${path}`,
          'x-envoy-original-host: me',
        )
      }
    }
    side.noteSeen('app')
  },
})
