/* What filters leave for the log: dynamic metadata, filter state, health checks, local rate limits, denials. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const filters = (name: string, type: string, config: object): object => ({
  name: `envoy.filters.http.${name}`,
  typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.http.${type}`, ...config },
})

const state = (key: string, factory: string, format: string): object => ({
  object_key: key,
  factory_key: factory,
  format_string: { text_format_source: { inline_string: format } },
})

const HTTP_FILTERS = [
  filters('health_check', 'health_check.v3.HealthCheck', {
    pass_through_mode: false,
    headers: [{ name: ':path', string_match: { exact: '/health' } }],
  }),
  filters('set_metadata', 'set_metadata.v3.Config', {
    metadata: [
      {
        metadata_namespace: 'a.b',
        value: {
          text: 'h\u00e9llo "you"',
          number: 1.5,
          whole: 7,
          yes: true,
          no: false,
          nothing: null,
          empty: '',
          list: [1, 'two', null, { three: 3 }],
          object: { z: 1, a: { deep: 'value' }, empty: {} },
        },
      },
    ],
  }),
  filters('set_filter_state', 'set_filter_state.v3.Config', {
    on_request_headers: [
      state('plain', 'envoy.string', '%REQ(:METHOD)% "text"'),
      state('flag', 'envoy.bool', 'true'),
      state('address', 'envoy.network.ip', '1.2.3.4'),
    ],
  }),
  filters('rbac', 'rbac.v3.RBAC', {
    rules: {
      action: 'DENY',
      policies: {
        'the-policy': {
          permissions: [{ header: { name: 'x-deny', present_match: true } }],
          principals: [{ any: true }],
        },
      },
    },
  }),
  filters('local_ratelimit', 'local_ratelimit.v3.LocalRateLimit', { stat_prefix: 'limit' }),
  filters('router', 'router.v3.Router', {}),
]

const LIMITED = {
  'envoy.filters.http.local_ratelimit': {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
    stat_prefix: 'limited',
    token_bucket: { max_tokens: 1, fill_interval: '600s' },
    filter_enabled: { default_value: { numerator: 100 } },
    filter_enforced: { default_value: { numerator: 100 } },
  },
}

const PATHS = [
  'a.b',
  'a.b:text',
  'a.b:number',
  'a.b:whole',
  'a.b:yes',
  'a.b:no',
  'a.b:nothing',
  'a.b:empty',
  'a.b:list',
  'a.b:object',
  'a.b:object:a',
  'a.b:object:a:deep',
  'a.b:object:none',
  'a.b:text:deeper',
  'none',
]
const STATES = ['plain', 'flag', 'address', 'none'].flatMap((key) => [
  key,
  `${key}:PLAIN`,
  `${key}:TYPED`,
  `${key}:FIELD:ip`,
])

const COMMANDS = [
  '%REQ(:PATH)%',
  '%RESPONSE_CODE%',
  '%RESPONSE_FLAGS%',
  '%RESPONSE_CODE_DETAILS%',
  ...PATHS.flatMap((path) => [
    `%DYNAMIC_METADATA(${path})%`,
    `%DYNAMIC_METADATA(${path}):3%`,
    `%METADATA(DYNAMIC:${path})%`,
    `%METADATA(DYNAMIC:${path}):2%`,
  ]),
  ...STATES.flatMap((key) => [`%FILTER_STATE(${key})%`, `%FILTER_STATE(${key}):4%`, `%UPSTREAM_FILTER_STATE(${key})%`]),
]

const FORMAT = {
  log_format: {
    json_format: Object.fromEntries(
      COMMANDS.flatMap((each) => [
        [each, each],
        [`text ${each}`, `<${each}>`],
      ]),
    ),
  },
}

const OMITTING = {
  log_format: {
    omit_empty_values: true,
    json_format: { all: '%DYNAMIC_METADATA(a.b)%', none: '%FILTER_STATE(none)%' },
  },
}

const value = (path: readonly string[], match: object, more: object = {}): object => ({
  filter: {
    metadata_filter: { matcher: { filter: 'a.b', path: path.map((key) => ({ key })), value: match }, ...more },
  },
})
const absent = { match_if_key_not_found: false }

const FILTERS: Readonly<Record<string, object>> = {
  'not-health-check': { filter: { not_health_check_filter: {} } },
  text: value(['text'], { string_match: { prefix: 'h' } }),
  'text-not': value(['text'], { string_match: { exact: 'x' } }),
  number: value(['number'], { double_match: { range: { start: 1, end: 2 } } }),
  whole: value(['whole'], { double_match: { exact: 7 } }),
  yes: value(['yes'], { bool_match: true }),
  nothing: value(['nothing'], { null_match: {} }),
  present: value(['object', 'a', 'deep'], { present_match: true }, absent),
  'not-present': value(['object', 'none'], { present_match: true }, absent),
  list: value(['list'], { list_match: { one_of: { string_match: { exact: 'two' } } } }),
  or: value(['text'], {
    or_match: { value_matchers: [{ string_match: { exact: 'x' } }, { string_match: { prefix: 'h' } }] },
  }),
  inverted: {
    filter: {
      metadata_filter: {
        matcher: { filter: 'a.b', path: [{ key: 'yes' }], value: { bool_match: true }, invert: true },
      },
    },
  },
}

async function traffic(side: Side): Promise<void> {
  await side.request('fine', 'front', 'GET /fine')
  await side.request('health check', 'front', 'GET /health')
  await side.request('denied', 'front', 'GET /denied', 'x-deny: 1')
  await side.request('first', 'front', 'GET /limited')
  await side.request('second', 'front', 'GET /limited')
  await side.request('direct', 'front', 'GET /direct')
  await side.request('header', 'front', 'GET /headers')
  for (const [index, line] of (await side.logLines('all.log', 7)).entries())
    side.note(`record ${index}`, JSON.parse(line))
  await side.noteLog('omitting.log', 7)
  for (const name of Object.keys(FILTERS)) side.noteFile(`${name}.log`)
  side.noteSeen('app')
}

const added = (key: string, format: string): object => ({ header: { key, value: format } })

differential('what filters leave for the log', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            direct('/direct', 'hello'),
            { ...routeTo('app', '/limited'), typed_per_filter_config: LIMITED },
            {
              ...routeTo('app', '/headers'),
              request_headers_to_add: [
                added('x-metadata', '%DYNAMIC_METADATA(a.b:text)% %DYNAMIC_METADATA(a.b:object:a)%'),
                added('x-state', '%FILTER_STATE(plain:PLAIN)%|%FILTER_STATE(none)%'),
                added('x-cel', '%CEL(request.method)% %CEL(nope)%'),
                added('x-none', '%FILTER_STATE(none)%'),
                added('x-variable', '%ENVIRONMENT(NO_SUCH_VARIABLE)%'),
                added('x-cut', '%DYNAMIC_METADATA(a.b:text):2% %REQ(:PATH):3%'),
              ],
              response_headers_to_add: [
                added('x-code', '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %PROTOCOL%'),
                added('x-body', '<%LOCAL_REPLY_BODY%>'),
                added('x-cluster', '%UPSTREAM_CLUSTER% %UPSTREAM_HOST% %ROUTE_NAME% %CEL(response.code)%'),
                added('x-path', '%PATH(NQ)% %QUERY_PARAM(a)% %REQUESTED_SERVER_NAME(HOST_FIRST)%'),
                added('x-type', '%ACCESS_LOG_TYPE% %BYTES_RECEIVED% %BYTES_SENT% %UPSTREAM_REQUEST_ATTEMPT_COUNT%'),
              ],
            },
            routeTo('app'),
          ],
          extra: {
            http_filters: HTTP_FILTERS,
            access_log: [
              fileLog('all.log', FORMAT),
              fileLog('omitting.log', OMITTING),
              ...Object.entries(FILTERS).map(([name, filter]) =>
                fileLog(`${name}.log`, textFormat('%REQ(:PATH)%'), filter),
              ),
            ],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic,
})
