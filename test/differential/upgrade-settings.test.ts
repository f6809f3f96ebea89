/* Upgrades by connection manager and route, methods of others' making, and what is traced where there is no tracer. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const ROUTER = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
}

differential('upgrades: by connection manager, by route, ignored ones', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            routeTo('app', '/off', { upgrade_configs: [{ upgrade_type: 'WebSocket', enabled: false }] }),
            routeTo('app', '/on', { upgrade_configs: [{ upgrade_type: 'foo' }] }),
            routeTo('app', '/unlisted', { upgrade_configs: [{ upgrade_type: 'baz' }] }),
            direct('/direct', 'hi'),
            routeTo('app'),
          ],
          extra: {
            upgrade_configs: [
              { upgrade_type: 'websocket' },
              { upgrade_type: 'FOO', enabled: false },
              { upgrade_type: 'bar', filters: [ROUTER] },
            ],
            delayed_close_timeout: '0.1s',
            access_log: [fileLog('access.log', textFormat(OUTCOME))],
          },
        }),
        httpListener('lenient', {
          statPrefix: 'lenient',
          extra: {
            upgrade_configs: [{ upgrade_type: 'websocket' }],
            delayed_close_timeout: '0.1s',
            http_protocol_options: {
              allow_custom_methods: true,
              ignore_http_11_upgrade: [{ exact: 'foo' }, { prefix: 'TLS' }],
            },
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: /http\.(?:ingress|lenient)\..*(?:upgrades_|ws_on_non_ws|downstream_rq_\dxx)/,
  traffic: async (side) => {
    const upgrade = (name: string, path: string, token: string, ...more: readonly string[]): Promise<void> =>
      side.request(name, 'front', `GET ${path}`, 'connection: Upgrade', `upgrade: ${token}`, ...more)
    await upgrade('refused by the route', '/off', 'websocket')
    await upgrade('off in the connection manager', '/', 'foo')
    await upgrade('on in the route', '/on', 'foo', 'x-do: status=302;header=location:/x')
    await upgrade('listed by the route alone', '/unlisted', 'baz')
    await upgrade('with filters of its own', '/', 'bar')
    await upgrade('answered by the proxy', '/direct', 'websocket')
    await upgrade('no handshake', '/', 'websocket')
    await upgrade('refused by the upstream', '/', 'websocket', 'x-do: status=404')
    await upgrade('two tokens', '/', 'websocket, foo')
    await upgrade('nowhere to go', '/', 'other')
    await side.noteLog('access.log', 10)
    const tokens = ['foo', 'TLS/1.2, websocket', 'bar', 'foo, websocket', 'FOO', 'h2c,foo', 'foo,TLS/1.0']
    for (const token of tokens) {
      await side.request(
        `ignoring ${token}`,
        'lenient',
        'GET /',
        'connection: upgrade, x-y',
        'x-y: 1',
        `upgrade: ${token}`,
      )
    }
    for (const method of ['FOO', 'get', "A-B!#$%&'*+.^_`|~9", 'F(O', 'A/B', 'HEAD']) {
      await side.send(`method ${method}`, 'lenient', `${method} /m HTTP/1.1\r\nhost: a\r\n\r\n`)
    }
    side.noteSeen('app')
  },
})

const ids = (first: string, digit: string): string => `x-request-id: ${first}-0000-${digit}000-8000-000000000000`

differential('tracing without a provider', {
  backends: ['app'],
  bootstrap: (port) => {
    const routes = [
      { ...routeTo('app', '/decorated'), decorator: { operation: 'op' } },
      { ...routeTo('app', '/quiet'), decorator: { operation: 'op', propagate: false } },
      { ...routeTo('app', '/never'), tracing: { random_sampling: { numerator: 0 } } },
      { ...routeTo('app', '/always'), tracing: { random_sampling: { numerator: 100 } } },
      { ...routeTo('app', '/none'), tracing: { overall_sampling: { numerator: 0 } } },
      routeTo('app'),
    ]
    const traced = fileLog('traced.log', textFormat('%REQ(:PATH)% %REQ(X-REQUEST-ID)%'), {
      filter: { traceable_filter: {} },
    })
    const extra = { tracing: { random_sampling: { value: 50 } }, access_log: [traced] }
    const uuid = { '@type': 'type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig' }
    return {
      static_resources: {
        listeners: [
          httpListener('in', { routes, extra, statPrefix: 'in' }),
          { ...httpListener('out', { routes, extra, statPrefix: 'out' }), traffic_direction: 'OUTBOUND' },
          httpListener('half', {
            routes,
            statPrefix: 'half',
            extra: {
              tracing: { client_sampling: { value: 0 }, overall_sampling: { value: 50 } },
              use_remote_address: true,
              preserve_external_request_id: true,
              internal_address_config: {},
            },
          }),
          httpListener('plain', {
            routes,
            statPrefix: 'plain',
            extra: { ...extra, request_id_extension: { typed_config: { ...uuid, pack_trace_reason: false } } },
          }),
        ],
        clusters: [staticCluster('app', [port('app')])],
      },
    }
  },
  stats: /\.tracing\./,
  traffic: async (side) => {
    for (const listener of ['in', 'out', 'half', 'plain']) {
      const ask = (name: string, path: string, ...headers: readonly string[]): Promise<void> =>
        side.request(`${listener}: ${name}`, listener, `GET ${path}`, ...headers)
      await ask('low', '/', ids('00000000', '4'))
      await ask('high', '/', ids('0000270f', '4'))
      await ask('just below', '/', ids('00001387', '4'))
      await ask('just above', '/', ids('00001388', '4'))
      for (const digit of '09ab') await ask(`packed ${digit}`, '/', ids('0000270f', digit))
      await ask('short', '/', 'x-request-id: short')
      await ask('no hexadecimals', '/', ids('zzzzzzzz', '4'))
      await ask('by the client', '/', ids('0000270f', '4'), 'x-client-trace-id: 1')
      await ask('forced', '/', ids('0000270f', '4'), 'x-envoy-force-trace: 1')
      await ask('always', '/always', ids('0000270f', '4'))
      await ask('never', '/never', ids('00000000', '4'))
      await ask('none', '/none', ids('00000000', '9'))
      await ask('decorated', '/decorated', ids('0000270f', '4'))
      await ask('decorated by the client', '/decorated', ids('0000270f', '4'), 'x-envoy-decorator-operation: mine')
      await ask('quietly decorated', '/quiet', ids('0000270f', '4'), 'x-envoy-decorator-operation: mine')
      await ask('undecorated', '/', ids('0000270f', '4'), 'x-envoy-decorator-operation: mine')
      await ask('upstream decorates', '/decorated', ids('0000270f', '4'), 'x-do: header=x-envoy-decorator-operation:up')
    }
    side.noteSeen('app')
    await side.noteLog('traced.log', 2)
  },
})
