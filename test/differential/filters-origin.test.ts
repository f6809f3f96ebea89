/* Filters that look at where a request comes from: cors, csrf. And buffer, which waits for all of it. */
import { direct, routeTo } from '../support/configs.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

const LOG =
  '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% ' +
  '%FILTER_STATE(envoy.filters.network.http_connection_manager.local_reply_owner:PLAIN)%'

function exact(...origins: readonly string[]): object {
  return { allow_origin_string_match: origins.map((origin) => ({ exact: origin })) }
}

function policy(fields: object): object {
  return perFilter('cors', 'cors.v3.CorsPolicy', fields)
}

const PREFLIGHT = ['access-control-request-method: PUT', 'access-control-request-headers: x-a, x-b']
const FULL = {
  ...exact('http://good'),
  allow_methods: 'GET,PUT',
  allow_headers: 'x-a',
  expose_headers: 'x-e',
  max_age: '600',
  allow_credentials: true,
  allow_private_network_access: true,
}
const percent = (numerator: number): object => ({ default_value: { numerator } })

differentialFilters('cors: policies of routes, virtual host and table', {
  filters: [filterEntry('cors', 'cors.v3.Cors')],
  table: policy({ max_age: '9', expose_headers: 'x-table' }),
  virtualHost: policy({ ...exact('http://vhost'), allow_credentials: true, allow_methods: 'PATCH' }),
  log: LOG,
  stats: /\.cors\./,
  routes: [
    { ...routeTo('app', '/full'), ...policy(FULL) },
    { ...routeTo('app', '/inherit'), ...policy({ allow_headers: 'x-inherit' }) },
    { ...routeTo('app', '/star'), ...policy({ ...exact('*'), allow_methods: '*', allow_headers: '*' }) },
    { ...routeTo('app', '/off'), ...policy({ ...exact('http://good'), filter_enabled: percent(0) }) },
    {
      ...routeTo('app', '/shadow'),
      ...policy({ ...exact('http://good'), filter_enabled: percent(0), shadow_enabled: percent(100) }),
    },
    { ...routeTo('app', '/local'), ...policy({ ...FULL, forward_not_matching_preflights: false }) },
    { ...routeTo('app', '/no-credentials'), ...policy({ ...exact('http://good'), allow_credentials: false }) },
    {
      ...routeTo('app', '/patterns'),
      ...policy({
        allow_origin_string_match: [
          { suffix: '.example.com' },
          { safe_regex: { regex: 'https?://[a-z]+\\.test' } },
          { prefix: 'HTTP://CASE', ignore_case: true },
        ],
      }),
    },
    { ...direct('/direct', 'hi'), ...policy(FULL) },
    routeTo('app'),
  ],
  requests: [
    ['simple', 'GET /full', ['origin: http://good']],
    ['bad origin', 'GET /full', ['origin: http://bad']],
    ['no origin', 'GET /full'],
    ['empty origin', 'GET /full', ['origin:']],
    ['preflight', 'OPTIONS /full', ['origin: http://good', ...PREFLIGHT]],
    [
      'private network',
      'OPTIONS /full',
      ['origin: http://good', 'access-control-request-private-network: true', ...PREFLIGHT],
    ],
    ['bad preflight', 'OPTIONS /full', ['origin: http://bad', ...PREFLIGHT]],
    ['options without method', 'OPTIONS /full', ['origin: http://good']],
    ['preflight with a body', 'OPTIONS /full', ['origin: http://good', ...PREFLIGHT], 'body'],
    ['inherited', 'OPTIONS /inherit', ['origin: http://vhost', ...PREFLIGHT]],
    ['inherited, simple', 'GET /inherit', ['origin: http://vhost']],
    ['star', 'OPTIONS /star', ['origin: http://any', ...PREFLIGHT]],
    ['star without names', 'OPTIONS /star', ['origin: http://any', 'access-control-request-method: PUT']],
    ['off', 'OPTIONS /off', ['origin: http://good', ...PREFLIGHT]],
    ['shadow', 'OPTIONS /shadow', ['origin: http://good', ...PREFLIGHT]],
    ['answered here', 'OPTIONS /local', ['origin: http://bad', ...PREFLIGHT]],
    ['no credentials', 'GET /no-credentials', ['origin: http://good']],
    ['suffix', 'GET /patterns', ['origin: https://a.example.com']],
    ['regex', 'GET /patterns', ['origin: https://abc.test']],
    ['regex that does not match', 'GET /patterns', ['origin: https://abc.test.evil']],
    ['any case', 'GET /patterns', ['origin: http://case.of']],
    ['direct response', 'GET /direct', ['origin: http://good']],
    ['direct response to a preflight', 'OPTIONS /direct', ['origin: http://good', ...PREFLIGHT]],
    ['virtual host', 'GET /x', ['origin: http://vhost']],
    ['upstream speaks for itself', 'GET /full', ['origin: http://good', 'x-do: header=access-control-allow-origin: *']],
    ['local reply', 'GET /full', ['origin: http://good', 'x-do: reset']],
  ],
})

differentialFilters('cors: the older fields of route and virtual host', {
  filters: [filterEntry('cors', 'cors.v3.Cors')],
  virtualHost: { cors: { ...exact('http://vhost'), expose_headers: 'x-v' } },
  bootstrap: {
    layered_runtime: {
      layers: [{ name: 'a', static_layer: { 'envoy.features.enable_all_deprecated_features': true } }],
    },
  },
  routes: [routeTo('app', '/own', { cors: { ...exact('http://own'), max_age: '5' } }), routeTo('app')],
  requests: [
    ['route', 'OPTIONS /own', ['origin: http://own', ...PREFLIGHT]],
    ['route, simple', 'GET /own', ['origin: http://own']],
    ['virtual host', 'GET /', ['origin: http://vhost']],
    ['neither', 'GET /', ['origin: http://own']],
  ],
})

differentialFilters('csrf: origins, methods, routes', {
  filters: [
    filterEntry('csrf', 'csrf.v3.CsrfPolicy', {
      filter_enabled: percent(100),
      additional_origins: [{ exact: 'friend.test' }, { suffix: '.partner.test' }],
    }),
  ],
  log: LOG,
  stats: /\.csrf\./,
  routes: [
    {
      ...routeTo('app', '/shadow'),
      ...perFilter('csrf', 'csrf.v3.CsrfPolicy', { filter_enabled: percent(0), shadow_enabled: percent(100) }),
    },
    { ...routeTo('app', '/off'), ...perFilter('csrf', 'csrf.v3.CsrfPolicy', { filter_enabled: percent(0) }) },
    {
      ...routeTo('app', '/own'),
      ...perFilter('csrf', 'csrf.v3.CsrfPolicy', {
        filter_enabled: percent(100),
        additional_origins: [{ exact: 'own.test' }],
      }),
    },
    direct('/direct', 'hi'),
    routeTo('app'),
  ],
  requests: [
    ...['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH'].map(
      (method) => [`${method} from elsewhere`, `${method} /`, ['origin: http://evil.test']] as const,
    ),
    ['same', 'POST /', ['origin: http://a.test']],
    ['same, https', 'POST /', ['origin: https://a.test']],
    ['same, other port', 'POST /', ['origin: http://a.test:8080']],
    ['same, both ports', 'POST /', ['origin: http://a.test:8080', 'host: a.test:8080']],
    ['no scheme', 'POST /', ['origin: a.test']],
    ['no scheme, slash', 'POST /', ['origin: a.test/']],
    ['odd scheme', 'POST /', ['origin: ftp://a.test']],
    ['user', 'POST /', ['origin: http://u:p@a.test']],
    ['case', 'POST /', ['origin: http://A.test']],
    ['path', 'POST /', ['origin: http://a.test/path?q']],
    ['null', 'POST /', ['origin: null']],
    ['null and referer', 'POST /', ['origin: null', 'referer: http://a.test/page']],
    ['referer', 'POST /', ['referer: http://a.test/page']],
    ['bad referer', 'POST /', ['referer: http://evil.test/http://a.test']],
    ['referer without path', 'POST /', ['referer: http://a.test']],
    ['empty origin and referer', 'POST /', ['origin:', 'referer: http://a.test/']],
    ['neither', 'POST /'],
    ['friend', 'POST /', ['origin: http://friend.test']],
    ['partner', 'POST /', ['origin: http://x.partner.test']],
    ['partner with port', 'POST /', ['origin: http://x.partner.test:1']],
    ['shadow', 'POST /shadow', ['origin: http://evil.test']],
    ['off', 'POST /off', ['origin: http://evil.test']],
    ['own', 'POST /own', ['origin: http://own.test']],
    ['own does not know friends', 'POST /own', ['origin: http://friend.test']],
    ['direct', 'POST /direct', ['origin: http://evil.test']],
    ...[
      'http://a.test@',
      'http://a.test#x',
      'http://a.test/#x',
      'http://a.test/#',
      'http://a.test/ x',
      'http://a.test:',
      'http://a.test:65536',
      'http://u@a.test',
      'http://@a.test',
      'http://[:a]',
      'http://[::1]',
      'http://a_b',
      'about:blank',
      '/p#x',
      '/p:x',
      'a.test:80',
      '*',
      '"a.test"',
    ].flatMap((value) => [
      [`origin ${value}`, 'POST /', [`origin: ${value}`]] as const,
      // What is no referer, or says too much, goes no further.
      [`referer ${value}`, 'POST /', [`referer: ${value}`]] as const,
      [`referer ${value}, read`, 'GET /', [`referer: ${value}`]] as const,
    ]),
    ['two referers', 'GET /', ['referer: http://a.test', 'referer: http://b.test/']],
    ['target in brackets', 'GET http://[1:2]/'],
    ['target of IPv6', 'GET http://[1::2]/'],
  ],
})

const CHUNKED = 'transfer-encoding: chunked'

differentialFilters('buffer: limits, lengths, routes', {
  filters: [filterEntry('buffer', 'buffer.v3.Buffer', { max_request_bytes: 10 })],
  manager: { http_protocol_options: { enable_trailers: true } },
  log: LOG,
  stats: /downstream_rq_too_large|\.buffer\./,
  routes: [
    { ...routeTo('app', '/off'), ...perFilter('buffer', 'buffer.v3.BufferPerRoute', { disabled: true }) },
    {
      ...routeTo('app', '/big'),
      ...perFilter('buffer', 'buffer.v3.BufferPerRoute', { buffer: { max_request_bytes: 20 } }),
    },
    direct('/direct', 'hi'),
    routeTo('app'),
  ],
  requests: [
    ['no body', 'GET /'],
    ['empty body', 'POST /', [], ''],
    ['small', 'POST /', [], '0123456789'],
    ['chunked', 'POST /', [CHUNKED], '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'],
    ['chunked, empty', 'POST /', [CHUNKED], '0\r\n\r\n'],
    ['trailers', 'POST /', [CHUNKED], '3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n'],
    ['off', 'POST /off', [], '0123456789abcdef'],
    ['off, chunked', 'POST /off', [CHUNKED], '3\r\nabc\r\n0\r\n\r\n'],
    ['big', 'POST /big', [], '0123456789abcdef'],
    ['direct', 'POST /direct', [], 'abc'],
  ],
  afterwards: async (side) => {
    const head = 'POST / HTTP/1.1\r\nhost: a.test\r\n'
    await side.send('too large', 'front', `${head}content-length: 11\r\n\r\n0123456789a`, true)
    await side.send('too large, chunked', 'front', `${head}${CHUNKED}\r\n\r\nb\r\n0123456789a\r\n`, true)
  },
})
