/* Spans: what they are called, what they tell, who is told of them, and how they are counted. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import type { DifferentialCase } from './support/differential.ts'
import { differential } from './support/differential.ts'
import type { RequestRow } from './support/filter-case.ts'
import { exchange, filterEntry } from './support/filter-case.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { COLLECTOR, noteSpans, openTelemetry, REPORTED_OFTEN, SpanIds, zipkin } from './support/spans.ts'
import type { Side } from './support/side.ts'

const STATS = /\.tracing\.|^tracing\./
const VOLATILE = /timer_flushed|reports_/
const INTERNAL = { internal_address_config: { cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] } }
const LOG = '%REQ(:PATH)% %TRACE_ID% %SPAN_ID% %RESPONSE_CODE% %RESPONSE_FLAGS%'

interface TracingCase {
  readonly tracing: object
  readonly routes?: readonly object[]
  readonly filters?: readonly object[]
  readonly manager?: object
  readonly listener?: object
  readonly clusters?: readonly object[]
  readonly bootstrap?: object
  readonly requests: readonly RequestRow[]
  readonly noted?: (side: Side) => Promise<void>
}

function traced(name: string, wanted: TracingCase): void {
  const { tracing, routes = [routeTo('app')], filters = [], manager, listener, clusters = [] } = wanted
  const http = {
    tracing,
    http_filters: [...filters, filterEntry('router', 'router.v3.Router')],
    access_log: [fileLog('access.log', textFormat(LOG))],
    ...manager,
  }
  const bootstrap: DifferentialCase['bootstrap'] = (port) => ({
    ...REPORTED_OFTEN,
    ...wanted.bootstrap,
    static_resources: {
      listeners: [{ ...httpListener('front', { routes, extra: http }), ...listener }],
      clusters: [staticCluster('app', [port('app')]), staticCluster(COLLECTOR, [port(COLLECTOR)]), ...clusters],
    },
  })
  differential(name, {
    backends: ['app', COLLECTOR],
    bootstrap,
    traffic: async (side) => {
      for (const row of wanted.requests) await exchange(side, row)
      if (wanted.noted !== undefined) return wanted.noted(side)
      await noteSpans(side)
      const ids = new SpanIds()
      await side.noteLog('access.log', wanted.requests.length, (line) => ids.masked(line))
    },
    stats: STATS,
    volatile: VOLATILE,
  })
}

const fixed = (tag: string, value: string, more: object = {}): object => ({ tag, literal: { value }, ...more })
const format = (tag: string, value: string, type: string): object => ({ tag, value, value_type: type })

function metadata(tag: string, kind: string, key: string, ...path: readonly string[]): object {
  const metadataKey = { key, path: path.map((step) => ({ key: step })) }
  return { tag, metadata: { kind: { [kind]: {} }, metadata_key: metadataKey, default_value: 'none' } }
}

const CUSTOM_TAGS = [
  fixed('literal', 'text'),
  fixed('twice', 'first'),
  fixed('twice', 'second'),
  fixed('http.method', 'instead'),
  { tag: 'environment', environment: { name: 'NO_SUCH_VARIABLE', default_value: 'default' } },
  { tag: 'header', request_header: { name: 'X-H', default_value: 'default' } },
  { tag: 'no-header', request_header: { name: 'x-none' } },
  metadata('of-request', 'request', 'rq', 'a'),
  metadata('of-cluster', 'cluster', 'cns', 'a'),
  metadata('of-host', 'host', 'hns', 'a'),
  ...['text', 'whole', 'large', 'yes', 'list', 'empty', 'null', 'missing'].map((name) =>
    metadata(`of-route-${name}`, 'route', 'ns', name),
  ),
  metadata('deep', 'route', 'ns', 'struct', 'x', 'y'),
  format('format', '%REQ(:path)%-%RESPONSE_CODE%-%RESP(x-backend)%-%REQ(x-none)%', 'STRING'),
  format('no-format', '%REQ(x-none)%', 'STRING'),
  ...['12', ' -7 ', '12x', '7.5', '9223372036854775807', '9223372036854775808'].map((text) =>
    format(`int ${text}`, text, 'INT'),
  ),
  ...['1.25', '-1e3', 'x', 'inf', ' 2 '].map((text) => format(`double ${text}`, text, 'DOUBLE')),
  ...['true', 'TRUE', '1', 'no', 'maybe'].map((text) => format(`bool ${text}`, text, 'BOOL')),
]
const ROUTE_METADATA = {
  filter_metadata: {
    ns: {
      text: 'word',
      whole: 12,
      large: 1.5e30,
      yes: true,
      list: [1, 'a', true],
      empty: '',
      null: null,
      struct: { x: { y: 0.1 } },
    },
  },
}
const SET_METADATA = filterEntry('set_metadata', 'set_metadata.v3.Config', {
  metadata: [{ metadata_namespace: 'rq', value: { a: 'dynamic' } }],
})

const OUTCOMES: Omit<TracingCase, 'tracing'> = {
  filters: [
    filterEntry('health_check', 'health_check.v3.HealthCheck', {
      pass_through_mode: false,
      headers: [{ name: ':path', string_match: { exact: '/hc' } }],
    }),
    SET_METADATA,
  ],
  routes: [
    direct('/direct', 'direct'),
    { match: { prefix: '/moved' }, redirect: { path_redirect: '/x' }, decorator: { operation: 'moved' } },
    { ...routeTo('app', '/metadata'), metadata: ROUTE_METADATA },
    {
      ...routeTo('app', '/retries', {
        retry_policy: { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: '0.001s' } },
      }),
      tracing: {
        operation: 'of-route',
        upstream_operation: 'to-upstream',
        custom_tags: [fixed('literal', 'of route'), fixed('route', 'more')],
      },
    },
    routeTo('dead', '/dead'),
    routeTo('empty', '/empty'),
    routeTo('app', '/slow', { timeout: '0.1s' }),
    routeTo('app', '/tries', {
      retry_policy: { retry_on: '5xx', per_try_timeout: '0.1s', retry_back_off: { base_interval: '0.001s' } },
    }),
    { ...routeTo('app', '/decorated'), decorator: { operation: 'décor' } },
    { ...routeTo('app', '/kept'), decorator: { operation: 'kept', propagate: false } },
    {
      ...routeTo('app', '/told'),
      request_headers_to_add: [{ header: { key: 'x-told', value: '%TRACE_ID%' } }],
    },
    routeTo('app', '/redirected', { internal_redirect_policy: {} }),
    { ...routeTo('app', '/rarely'), tracing: { random_sampling: { numerator: 0 } } },
    routeTo('app'),
  ],
  clusters: [staticCluster('dead', [1]), staticCluster('empty', [])],
  manager: INTERNAL,
  requests: [
    [
      'ordinary',
      'GET /a?b=c',
      ['x-h: one', 'x-h: two', 'user-agent: me', 'x-envoy-downstream-service-cluster: before'],
    ],
    ['body', 'POST /b', ['x-client-trace-id: mine'], 'body'],
    ['direct', 'GET /direct'],
    ['moved', 'GET /moved'],
    ['metadata', 'GET /metadata'],
    ['retries', 'GET /retries', ['x-do: fail=1']],
    ['dead', 'GET /dead'],
    ['empty', 'GET /empty'],
    ['slow', 'GET /slow', ['x-do: hang']],
    ['tries', 'GET /tries', ['x-do: hang']],
    ['reset', 'GET /reset', ['x-do: reset']],
    ['cut', 'GET /cut', ['x-do: cut;chunked']],
    ['garbage', 'GET /garbage', ['x-do: garbage']],
    ['status', 'GET /status', ['x-do: status=404']],
    ['failed', 'GET /failed', ['x-do: status=500']],
    ['grpc', 'POST /s/m', ['content-type: application/grpc', 'grpc-timeout: 1S', 'x-do: header=grpc-status:0'], 'body'],
    ['grpc client', 'POST /s/m', ['content-type: application/grpc', 'x-do: header=grpc-status:3'], 'body'],
    ['grpc server', 'POST /s/m', ['content-type: application/grpc', 'x-do: header=grpc-status:13'], 'body'],
    ['decorated', 'GET /decorated'],
    ['kept', 'GET /kept'],
    ['named', 'GET /decorated', ['x-envoy-decorator-operation: by-client']],
    ['not named', 'GET /decorated', ['x-envoy-decorator-operation:']],
    ['answer named', 'GET /decorated', ['x-do: header=x-envoy-decorator-operation:theirs']],
    ['told', 'GET /told'],
    ['redirected', 'GET /redirected', ['x-do: status=302;header=location:http://a.test/there;only=/redirected']],
    ['rarely', 'GET /rarely'],
    ['health', 'GET /hc'],
    ['no id', 'GET /no-id', ['x-request-id: abc']],
    ['forced', 'GET /forced', ['x-envoy-force-trace: 1', 'x-forwarded-for: 127.0.0.2']],
    ['from outside', 'GET /outside', ['x-envoy-force-trace: 1', 'x-forwarded-for: 1.2.3.4']],
    ['expects', 'POST /expects', ['expect: 100-continue'], 'body'],
    ['rewritten', 'GET /now', ['x-envoy-original-path: /before', 'x-forwarded-proto: https', 'host: b.test:80']],
    ['bad', 'GET /bad bad'],
    ...['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'PROPFIND', 'QUERY'].map((method): RequestRow => [
      method,
      `${method} /m`,
    ]),
  ],
}

const EVERYTHING = { verbose: true, spawn_upstream_span: true, custom_tags: CUSTOM_TAGS, max_path_tag_length: 9 }
const FEW_TAGS = { ...EVERYTHING, custom_tags: CUSTOM_TAGS.slice(0, 2) }

traced('zipkin: all that can become of a request', {
  tracing: { ...zipkin(), ...EVERYTHING },
  ...OUTCOMES,
})

traced('opentelemetry: all that can become of a request', {
  tracing: { ...openTelemetry(), ...EVERYTHING },
  ...OUTCOMES,
})

traced('opentelemetry: methods', {
  tracing: { ...openTelemetry(), ...FEW_TAGS },
  ...OUTCOMES,
  requests: OUTCOMES.requests.slice(-8),
})

traced('zipkin as protobuf, without spans of attempts', {
  tracing: { ...zipkin({ collector_endpoint_version: 'HTTP_PROTO', trace_id_128bit: true }), custom_tags: CUSTOM_TAGS },
  ...OUTCOMES,
})

traced('operations by format', {
  tracing: {
    ...zipkin(),
    spawn_upstream_span: true,
    operation: 'in %REQ(:path)% %RESPONSE_CODE%',
    upstream_operation: 'out %REQ(:path)% %RESPONSE_CODE%',
  },
  routes: [
    { ...routeTo('app', '/d'), decorator: { operation: 'decorated' } },
    { ...routeTo('app', '/r'), tracing: { operation: '%REQ(x-none)%' } },
    routeTo('app'),
  ],
  requests: [
    ['plain', 'GET /a'],
    ['decorated', 'GET /d'],
    ['nothing', 'GET /r'],
  ],
})

traced('listeners for what leaves', {
  tracing: { ...zipkin() },
  listener: { traffic_direction: 'OUTBOUND' },
  routes: [
    { ...routeTo('app', '/d'), decorator: { operation: 'decorated' } },
    { ...routeTo('app', '/k'), decorator: { operation: 'kept', propagate: false } },
    routeTo('app'),
  ],
  requests: [
    ['plain', 'GET /a'],
    ['decorated', 'GET /d'],
    ['kept', 'GET /k', ['x-envoy-decorator-operation: by-client']],
    ['named', 'GET /d', ['x-do: header=x-envoy-decorator-operation:theirs']],
    [
      'part of a trace',
      'GET /p',
      ['x-b3-traceid: 000000000000000a', 'x-b3-spanid: 000000000000000b', 'x-b3-sampled: 1'],
    ],
  ],
})

traced('opentelemetry on listeners for what leaves', {
  tracing: { ...openTelemetry() },
  listener: { traffic_direction: 'OUTBOUND' },
  requests: [
    ['plain', 'GET /a'],
    ['missing', 'GET /m', ['x-do: status=404']],
  ],
})

traced('no word to upstreams', {
  tracing: { ...openTelemetry(), no_context_propagation: true, spawn_upstream_span: true },
  requests: [
    ['plain', 'GET /a'],
    ['part', 'GET /p', ['traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01']],
  ],
})

const CHILD_SPANS = [filterEntry('router', 'router.v3.Router', { start_child_span: true })]
const CHILD_ROWS: readonly RequestRow[] = [
  ['plain', 'GET /a'],
  ['part of a trace', 'GET /p', ['x-b3-traceid: 000000000000000a', 'x-b3-spanid: 000000000000000b', 'x-b3-sampled: 1']],
]

for (const [name, more, direction] of [
  ['shares them', {}, 'INBOUND'],
  ['keeps them apart', { shared_span_context: false }, 'INBOUND'],
  ['splits them', { split_spans_for_request: true }, 'INBOUND'],
  ['of what leaves splits them', { split_spans_for_request: true }, 'OUTBOUND'],
  ['of what leaves has them', {}, 'OUTBOUND'],
] as const) {
  traced(`start_child_span: zipkin ${name}`, {
    tracing: { ...zipkin(more) },
    listener: { traffic_direction: direction },
    manager: { http_filters: CHILD_SPANS },
    requests: CHILD_ROWS,
  })
}

traced('start_child_span: opentelemetry', {
  tracing: { ...openTelemetry() },
  manager: { http_filters: CHILD_SPANS },
  requests: CHILD_ROWS,
})

/** The first route holds once the filter has tagged the client. */
function refreshed(prefix: string, later: object, sooner: object): readonly object[] {
  const tagged = { prefix, headers: [{ name: 'x-envoy-ip-tags', present_match: true }] }
  return [
    { match: tagged, route: { cluster: 'app' }, ...later },
    { match: { prefix }, route: { cluster: 'app' }, ...sooner },
  ]
}

const sampled = (percent: number): object => ({ tracing: { random_sampling: { numerator: percent } } })
const called = (operation: string, more: object = {}): object => ({ decorator: { operation, ...more } })
const TAGS = {
  request_type: 'BOTH',
  ip_tags: [{ ip_tag_name: 'local', ip_list: [{ address_prefix: '127.0.0.1', prefix_len: 32 }] }],
}
const REFRESHED: Omit<TracingCase, 'tracing'> = {
  filters: [filterEntry('ip_tagging', 'ip_tagging.v3.IPTagging', TAGS)],
  routes: [
    ...refreshed('/more', { ...called('second'), ...sampled(100) }, { ...called('first'), ...sampled(0) }),
    ...refreshed('/less', { ...called('second'), ...sampled(0) }, { ...called('first'), ...sampled(100) }),
    ...refreshed('/other', called('second'), called('first')),
    ...refreshed('/gone', {}, called('first')),
    ...refreshed('/new', called('second'), {}),
    ...refreshed('/kept', called('second', { propagate: false }), called('first')),
    ...refreshed('/format', { tracing: { operation: 'format' } }, called('first')),
    routeTo('app'),
  ],
  requests: ['/more', '/less', '/other', '/gone', '/new', '/kept', '/format', '/plain'].flatMap(
    (path): RequestRow[] => [
      [path, `GET ${path}`],
      [`${path} named`, `GET ${path}`, ['x-envoy-decorator-operation: by-client']],
      [
        `${path} in a trace`,
        `GET ${path}`,
        ['x-b3-sampled: 0', 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'],
      ],
    ],
  ),
}

traced('a refreshed route: zipkin', { tracing: { ...zipkin() }, ...REFRESHED })
traced('a refreshed route: opentelemetry', { tracing: { ...openTelemetry() }, ...REFRESHED })
traced('a refreshed route: what leaves', {
  tracing: { ...zipkin() },
  ...REFRESHED,
  listener: { traffic_direction: 'OUTBOUND' },
})

traced('attempts that are given up', {
  tracing: {
    ...zipkin(),
    spawn_upstream_span: true,
    custom_tags: [
      format(
        'format',
        '%RESPONSE_CODE%-%ROUTE_NAME%-%UPSTREAM_REQUEST_ATTEMPT_COUNT%-%RESPONSE_CODE_DETAILS%',
        'STRING',
      ),
    ],
  },
  routes: [
    {
      ...routeTo('app', '/hedged', {
        hedge_policy: { hedge_on_per_try_timeout: true },
        retry_policy: { retry_on: '5xx', num_retries: 1, per_try_timeout: '0.15s' },
      }),
      name: 'hedged',
    },
    {
      ...routeTo('app', '/idle', {
        retry_policy: { retry_on: 'gateway-error', num_retries: 0, per_try_idle_timeout: '0.1s' },
      }),
      name: 'idle',
    },
    { ...routeTo('app', '/long', { max_stream_duration: { max_stream_duration: '0.15s' } }), name: 'long' },
    {
      ...routeTo('dead', '/dead', {
        retry_policy: { retry_on: 'connect-failure', num_retries: 2, retry_back_off: { base_interval: '0.001s' } },
      }),
      name: 'dead',
    },
  ],
  clusters: [staticCluster('dead', [1])],
  requests: [
    ['hedged', 'GET /hedged', ['x-do: delay=300']],
    ['idle', 'GET /idle', ['x-do: hang']],
    ['long', 'GET /long', ['x-do: hang']],
    ['dead', 'GET /dead'],
    ['no route', 'GET /'],
  ],
})
