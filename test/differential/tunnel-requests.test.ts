/* How requests for tunnels may be written, and which route they come to. */
import { httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const CONNECT = { upgrade_configs: [{ upgrade_type: 'CONNECT' }] }
const ENDS_HERE = { upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] }
const TOLD = { upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: { proxy_protocol_config: {} } }] }
const TOLD_2 = {
  upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: { proxy_protocol_config: { version: 'V2' } } }],
}

const host = (name: string, domains: readonly string[], routes: readonly object[]): object => ({
  name,
  domains,
  routes,
})
const connectTo = (name: string, route: object, more: object = {}): object => ({
  name,
  match: { connect_matcher: {}, ...more },
  route: { cluster: 'app', ...route },
})

const HOSTS = [
  host('forward', ['forward.test', 'forward.test:443'], [connectTo('forward', CONNECT)]),
  host('here', ['here.test:*'], [connectTo('here', ENDS_HERE)]),
  host('told', ['told.test:1'], [connectTo('told', TOLD)]),
  host('told-2', ['told.test:2'], [connectTo('told-2', TOLD_2)]),
  host(
    'several',
    ['several.test:1'],
    [
      connectTo('by-header', ENDS_HERE, { headers: [{ name: 'x-a', string_match: { exact: 'b' } }] }),
      { name: 'prefix', match: { prefix: '/' }, route: { cluster: 'app' } },
      connectTo('without', {}),
    ],
  ),
  host(
    'direct',
    ['direct.test:1'],
    [
      {
        name: 'direct',
        match: { connect_matcher: {} },
        direct_response: { status: 200, body: { inline_string: 'hi' } },
      },
    ],
  ),
  host(
    'redirect',
    ['redirect.test:1'],
    [{ name: 'redirect', match: { connect_matcher: {} }, redirect: { host_redirect: 'a' } }],
  ),
  host(
    'rewritten',
    ['rewritten.test:1'],
    [connectTo('rewritten', { ...CONNECT, host_rewrite_literal: 'other.test:9', prefix_rewrite: '/x' })],
  ),
  host('rest', ['*'], [{ name: 'rest', match: { prefix: '/' }, route: { cluster: 'app' } }]),
]

const UPGRADE = 'send=HTTP/1.1 101 Sw\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n\\r\\nhi;sleep=60;fin'
const TUNNEL = 'send=HTTP/1.1 200 OK\\r\\n\\r\\nhi;sleep=60;fin'
const inner = 'TCP\r\nx-do: send=hi;sleep=60;fin\r\n\r\n'

const connect = (target: string, ...lines: readonly string[]): string =>
  `${[`CONNECT ${target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`
const upgrade = (...lines: readonly string[]): string =>
  `${['GET /x HTTP/1.1', 'host: a', `x-do: ${UPGRADE}`, ...lines].join('\r\n')}\r\n\r\n`
const script = `x-do: ${TUNNEL}`

const REQUESTS: Readonly<Record<string, string>> = {
  forward: connect('forward.test:443', 'host: forward.test:443', script),
  'another host': connect('forward.test:443', 'host: other.test', script),
  'no host': connect('forward.test:443', script),
  'empty host': connect('forward.test:443', 'host:', script),
  'no port': connect('forward.test', 'host: forward.test', script),
  'capital letters': connect('FORWARD.test:443', 'host: FORWARD.test:443', script),
  'with a scheme': connect('http://forward.test:443/', 'host: forward.test:443', script),
  'with a path': connect('forward.test:443/path', 'host: forward.test:443', script),
  'with a user': connect('me@forward.test:443', 'host: forward.test:443', script),
  'no target': connect('', 'host: forward.test:443', script),
  'a path alone': connect('/x', 'host: forward.test:443', script),
  'a star': connect('*', 'host: forward.test:443', script),
  'HTTP/1.0': `CONNECT forward.test:443 HTTP/1.0\r\nhost: forward.test:443\r\n${script}\r\n\r\n`,
  'small letters': `connect forward.test:443 HTTP/1.1\r\nhost: forward.test:443\r\n${script}\r\n\r\n`,
  'with a length': `${connect('here.test:1', 'host: here.test:1', `content-length: ${inner.length}`)}${inner}`,
  'length 0': `${connect('here.test:1', 'host: here.test:1', 'content-length: 0')}${inner}`,
  'in chunks': `${connect('here.test:1', 'host: here.test:1', 'transfer-encoding: chunked')}${inner}`,
  'and an upgrade': `${connect('here.test:1', 'host: here.test:1', 'connection: upgrade', 'upgrade: websocket')}${inner}`,
  'and an expectation': `${connect('here.test:1', 'host: here.test:1', 'expect: 100-continue')}${inner}`,
  'connection: close': `${connect('here.test:1', 'host: here.test:1', 'connection: close')}${inner}`,
  here: `${connect('here.test:1', 'host: here.test:1')}${inner}`,
  'here, an address': `${connect('[::1]:1', 'host: [::1]:1')}${inner}`,
  told: `${connect('told.test:1', 'host: told.test:1')}${inner}`,
  'told in version 2': `${connect('told.test:2', 'host: told.test:2')}${inner}`,
  'by a header': `${connect('several.test:1', 'host: several.test:1', 'x-a: b')}${inner}`,
  'without a header': `${connect('several.test:1', 'host: several.test:1', script)}${inner}`,
  'a route that answers': connect('direct.test:1', 'host: direct.test:1'),
  'a route that redirects': connect('redirect.test:1', 'host: redirect.test:1'),
  rewritten: connect('rewritten.test:1', 'host: rewritten.test:1', script),
  'no route': connect('rest.test:1', 'host: rest.test:1', script),
  'an upgrade': upgrade('connection: upgrade', 'upgrade: websocket'),
  'an upgrade among options': upgrade('connection: keep-alive, Upgrade', 'upgrade: WebSocket'),
  'several upgrades': upgrade('connection: upgrade', 'upgrade: websocket, other'),
  'several lines of upgrades': upgrade('connection: upgrade', 'upgrade: websocket', 'upgrade: other'),
  'unknown first': upgrade('connection: upgrade', 'upgrade: other, websocket'),
  'an upgrade without saying so': upgrade('upgrade: websocket'),
  'saying so alone': upgrade('connection: upgrade'),
  'an empty upgrade': upgrade('connection: upgrade', 'upgrade:'),
  'an upgrade with a length': upgrade('connection: upgrade', 'upgrade: websocket', 'content-length: 0'),
  'an upgrade with a body': `${upgrade('connection: upgrade', 'upgrade: websocket', 'content-length: 2')}ab`,
  'an upgrade in chunks': `${upgrade('connection: upgrade', 'upgrade: websocket', 'transfer-encoding: chunked')}2\r\nab\r\n0\r\n\r\n`,
  'an upgrade of a POST': `POST /x HTTP/1.1\r\nhost: a\r\nx-do: ${UPGRADE}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  'an upgrade of HTTP/1.0': `GET /x HTTP/1.0\r\nhost: a\r\nx-do: ${UPGRADE}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  'an upgrade and a close': upgrade('connection: close, upgrade', 'upgrade: websocket'),
  'an upgrade with settings': upgrade(
    'connection: upgrade, http2-settings',
    'upgrade: h2c',
    'http2-settings: AAMAAABk',
  ),
}

const LOG =
  '%ROUTE_NAME% %REQ(:METHOD)% %REQ(:AUTHORITY)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% %ACCESS_LOG_TYPE%'

async function traffic(side: Side): Promise<void> {
  for (const [name, request] of Object.entries(REQUESTS)) {
    using client = await side.connect('front')
    client.write(request)
    const closed = await client.closed(400).then(
      () => 'closed',
      () => 'open',
    )
    side.note(name, [client.received().replaceAll(/(?:date|x-envoy-upstream-service-time): .*\r\n/g, ''), closed])
    client.destroy()
    await Bun.sleep(40)
    side.note(`${name}: log`, await newLines(side))
  }
  const shown = (text: string): string =>
    text
      .replaceAll(/^x-(?:request-id|envoy-exp.*): .*\r\n/gm, '')
      .replace(/^(PROXY TCP4 \S+ \S+) \d+ \d+/, '$1 <ports>')
      .replace(/^(\r\n\r\n\0\r\nQUIT\n[^]{12})[^]{4}/, '$1<ports>')
  side.note('received', side.receivedBy('app').map(shown))
}

const seen = new WeakMap<Side, number>()

async function newLines(side: Side): Promise<readonly string[]> {
  const before = seen.get(side) ?? 0
  const lines = await side.logLines('access.log', before + 1)
  seen.set(side, lines.length)
  return lines.slice(before)
}

differential('requests for tunnels', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          extra: {
            delayed_close_timeout: '0.1s',
            route_config: { name: 'local', virtual_hosts: HOSTS },
            upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'CONNECT' }],
            access_log: [fileLog('access.log', textFormat(LOG))],
            access_log_options: { flush_log_on_tunnel_successfully_established: true },
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic,
  stats: /^http\.ingress\.(?:downstream_(?:rq|cx)|rq_|no_)|^cluster\.app\.upstream_rq_/,
  volatile: /bytes_(?:total|buffered)|length_ms|time|active/,
})
