/* Kinds of matches and rewrites that few routes use, and the x-envoy-* headers of internal clients. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const TEMPLATE = 'type.googleapis.com/envoy.extensions.path'

const ROUTES = [
  { match: { path: '/exact', case_sensitive: false }, route: { cluster: 'app' } },
  { match: { prefix: '/Pre', case_sensitive: false }, route: { cluster: 'app', prefix_rewrite: '/' } },
  {
    match: {
      path_match_policy: {
        name: 'match',
        typed_config: {
          '@type': `${TEMPLATE}.match.uri_template.v3.UriTemplateMatchConfig`,
          path_template: '/t/{a}/x/{b=**}',
        },
      },
    },
    route: {
      cluster: 'app',
      path_rewrite_policy: {
        name: 'rewrite',
        typed_config: {
          '@type': `${TEMPLATE}.rewrite.uri_template.v3.UriTemplateRewriteConfig`,
          path_template_rewrite: '/r/{b}/{a}',
        },
      },
    },
  },
  {
    match: {
      prefix: '/cookie',
      headers: [{ name: 'cookie', string_match: { safe_regex: { regex: '.*(^|; )a=1(;|$).*' } } }],
    },
    route: { cluster: 'other' },
  },
  {
    match: { prefix: '/formats' },
    direct_response: { status: 200, body: { inline_string: 'é ü' } },
    response_headers_to_add: [
      { header: { key: 'x-t', value: '%START_TIME(%Y)% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %HOSTNAME%' } },
    ],
  },
  { match: { prefix: '/empty' }, direct_response: { status: 200 } },
  { match: { prefix: '/204' }, direct_response: { status: 204 } },
  routeTo('app', '/idle', { idle_timeout: '0s', timeout: '0s' }),
  routeTo('app', '/without', { timeout: '0.1s', max_stream_duration: {} }),
  routeTo('app', '/unlimited', { max_stream_duration: { max_stream_duration: '0s' } }),
  { match: { connect_matcher: {} }, direct_response: { status: 405 } },
]

const FRONT = {
  delayed_close_timeout: '0.1s',
  access_log: [fileLog('access.log', textFormat(OUTCOME))],
  internal_address_config: { cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] },
}

const INTERNAL = 'x-forwarded-for: 127.0.0.1'

const PATHS =
  '/EXACT /exact?x /pREfix /t/1/x/2/3?q /t/1/y /formats /empty /204 /idle /unlimited /a%zz /%00 /nothing'.split(' ')

differential('matches, rewrites and internal headers', {
  backends: ['app', 'other'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', { routes: ROUTES, extra: FRONT })],
      clusters: [staticCluster('app', [port('app')]), staticCluster('other', [port('other')])],
    },
  }),
  stats: /^(?:http\.ingress|cluster\.(?:app|other)|vhost)\./,
  volatile: /_bytes_|_ms$|rq_time|cx_(?:active|destroy|http1_active|length|total|http1)/,
  traffic: async (side) => {
    for (const path of PATHS) await side.request(path, 'front', `GET ${path}`)
    await side.request('without', 'front', 'GET /without', 'x-do: delay=300')
    await side.request('cookie', 'front', 'GET /cookie', 'cookie: b=2; a=1')
    await side.request('cookies', 'front', 'GET /cookie', 'cookie: b=2', 'cookie: a=1')
    await side.request(
      'internal',
      'front',
      'GET /exact',
      'x-envoy-upstream-rq-timeout-ms: 100',
      'x-envoy-retry-on: 5xx',
      'x-envoy-max-retries: 2',
      'x-do: status=503',
    )
    await side.request(
      'internal timeout',
      'front',
      'GET /exact',
      INTERNAL,
      'x-envoy-upstream-rq-timeout-ms: 100',
      'x-do: delay=400',
    )
    await side.request(
      'alternate stats',
      'front',
      'GET /exact',
      INTERNAL,
      'x-envoy-upstream-alt-stat-name: alt',
      'x-do: status=500',
    )
    await side.request(
      'alternate response',
      'front',
      'GET /exact',
      INTERNAL,
      'x-envoy-upstream-rq-timeout-ms: 50',
      'x-envoy-upstream-rq-timeout-alt-response: 1',
      'x-do: delay=400',
    )
    await side.request('forced trace', 'front', 'GET /exact', INTERNAL, 'x-envoy-force-trace: 1')
    await side.request('canary', 'front', 'GET /exact', 'x-do: header=x-envoy-upstream-canary: true')
    await side.request(
      'health check failed',
      'front',
      'GET /exact',
      'x-do: header=x-envoy-immediate-health-check-fail: true',
    )
    await side.send('connect', 'front', 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n', true)
    await side.send('absolute form', 'front', 'GET http://b.test/exact HTTP/1.1\r\nHost: a\r\n\r\n')
    side.noteSeen('app')
    side.noteSeen('other')
    await side.noteLog('access.log', PATHS.length + 12)
  },
})
