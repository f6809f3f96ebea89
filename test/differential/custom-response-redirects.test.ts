/* Responses that custom_response fetches from elsewhere. */
import { routeTo, staticCluster } from '../support/configs.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'
import type { RequestRow } from './support/filter-case.ts'
import { OUTCOME } from './support/pieces.ts'

const TYPES = 'type.googleapis.com/envoy'

function on(status: number, policy: object): object {
  const input = {
    name: 'status',
    typed_config: { '@type': `${TYPES}.type.matcher.v3.HttpResponseStatusCodeMatchInput` },
  }
  const typed = { '@type': `${TYPES}.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy`, ...policy }
  return {
    predicate: { single_predicate: { input, value_match: { exact: String(status) } } },
    on_match: { action: { name: 'redirect', typed_config: typed } },
  }
}

function matcher(...matchers: readonly object[]): object {
  return { custom_response_matcher: { matcher_list: { matchers } } }
}

const added = (key: string, value: string) => ({ header: { key, value } })

const POLICIES = matcher(
  on(503, {
    uri: 'https://err.test/down',
    status_code: 299,
    response_headers_to_add: [added('x-resp', 'r-%RESPONSE_CODE%')],
    request_headers_to_add: [added('x-rq', 'q-%RESPONSE_CODE%-%REQ(:path)%-%REQ(:scheme)%')],
  }),
  on(404, { redirect_action: { host_redirect: 'err.test', path_redirect: '/nf' } }),
  on(501, {
    redirect_action: { host_redirect: 'err.test', port_redirect: 81, strip_query: true },
    response_headers_to_add: [added('x-a', 'b')],
  }),
  on(500, { uri: 'http://nowhere.test/none' }),
  on(502, { uri: 'http://err.test/direct?a=b#c', status_code: 298 }),
  on(504, { uri: 'http://err.test/loop' }),
  on(505, { uri: 'http://err.test/again' }),
  on(401, { redirect_action: { path_redirect: '/nf', https_redirect: true } }),
  on(403, { uri: 'http://err.test/dead', status_code: 297 }),
  on(410, { redirect_action: { path_rewrite: '/%REQ(x-do)%', host_redirect: 'err.test' } }),
  on(411, { redirect_action: { host_redirect: 'err test' } }),
)
const STATUSES = [503, 404, 501, 500, 502, 504, 505, 401, 403, 410, 411]

const REQUESTS: readonly RequestRow[] = [
  ...STATUSES.map((status): RequestRow => [`${status}`, 'GET /x?q=1', [`x-do: status=${status};only=/x`]]),
  ['head', 'HEAD /x', ['x-do: status=503;only=/x']],
  ['no connection', 'GET /dead'],
  ['body', 'POST /x', ['x-do: status=503;only=/x'], 'body'],
  ['chunks', 'POST /x', ['x-do: status=503;only=/x', 'transfer-encoding: chunked'], '4\r\nbody\r\n0\r\n\r\n'],
  ['no route', 'GET /x', ['host: z.test']],
  ['chunked response', 'GET /x', ['x-do: status=503;chunked;only=/x']],
  ['route', 'GET /own', ['x-do: status=418;only=/own']],
]

const DIRECT = {
  virtual_hosts: [
    {
      name: 'err',
      domains: ['err.test', 'err.test:81'],
      routes: [
        { match: { path: '/direct' }, direct_response: { status: 200, body: { inline_string: 'direct' } } },
        { match: { path: '/loop' }, direct_response: { status: 504, body: { inline_string: 'loop' } } },
        { match: { path: '/again' }, direct_response: { status: 503 } },
        routeTo('dead', '/dead'),
        routeTo('err'),
      ],
    },
    {
      name: 'app',
      domains: ['a.test'],
      routes: [
        routeTo('dead', '/dead'),
        {
          ...routeTo('app', '/own'),
          ...perFilter(
            'custom_response',
            'custom_response.v3.CustomResponse',
            matcher(on(418, { uri: 'http://err.test/tea' })),
          ),
        },
        routeTo('app'),
      ],
    },
  ],
}

differentialFilters('custom_response: redirects', {
  filters: [filterEntry('custom_response', 'custom_response.v3.CustomResponse', POLICIES)],
  table: DIRECT,
  clusters: [staticCluster('dead', [1])],
  otherBackends: ['err'],
  requests: REQUESTS,
  log: `%REQ(:path)% %REQ(:authority)% %REQ(:scheme)% %REQ(x-rq)% %ROUTE_NAME% %VIRTUAL_CLUSTER_NAME% ${OUTCOME}`,
  lines: 2 * REQUESTS.length - 3,
  stats:
    /^(?:http\.ingress\.(?:custom_response|downstream_rq_(?:\dxx|total|completed)|rq_)|cluster\..*(?:internal_redirect|upstream_rq_total))/,
})

differentialFilters('custom_response: redirects of routes count at the root, and not behind a filter that answers', {
  filters: [
    filterEntry('fault', 'fault.v3.HTTPFault', {
      abort: { http_status: 503, percentage: { numerator: 100 } },
      headers: [{ name: 'x-fault', present_match: true }],
    }),
    filterEntry('custom_response', 'custom_response.v3.CustomResponse', POLICIES),
  ],
  virtualHost: { domains: ['a.test', 'err.test'] },
  routes: [
    {
      ...routeTo('app', '/route'),
      ...perFilter(
        'custom_response',
        'custom_response.v3.CustomResponse',
        matcher(on(500, { uri: 'http://nowhere.test/none' })),
      ),
    },
    routeTo('app'),
  ],
  requests: [
    ['of the filter', 'GET /', ['x-do: status=500;only=/']],
    ['of the route', 'GET /route', ['x-do: status=500']],
    ['answered before', 'GET /', ['x-fault: 1']],
  ],
  stats: /custom_response/,
  log: OUTCOME,
})
