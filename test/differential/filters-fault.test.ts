/* envoy.filters.http.fault against the real one. */
import { direct, routeTo } from '../support/configs.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

const LOG =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %DYNAMIC_METADATA(envoy.filters.http.fault)%'
const ALL = { percentage: { numerator: 100 } }
const STATS = /\.fault\./

const FAULT = 'fault.v3.HTTPFault'

function fault(config: object): object {
  return filterEntry('fault', FAULT, config)
}

function runtime(values: object): object {
  return { layered_runtime: { layers: [{ name: 'static', static_layer: values }] } }
}

differentialFilters('fault: aborts by status, header, route, node, cluster', {
  filters: [fault({ abort: { header_abort: {}, percentage: { numerator: 100 } }, filter_metadata: { why: 'test' } })],
  log: LOG,
  stats: STATS,
  routes: [
    {
      ...routeTo('app', '/http'),
      ...perFilter('fault', FAULT, { abort: { http_status: 503, ...ALL }, filter_metadata: { a: 1 } }),
    },
    { ...routeTo('app', '/grpc'), ...perFilter('fault', FAULT, { abort: { grpc_status: 5, ...ALL } }) },
    {
      ...routeTo('app', '/body'),
      ...perFilter('fault', FAULT, { abort: { http_status: 418, response_body: 'teapot', ...ALL } }),
    },
    { ...routeTo('app', '/never'), ...perFilter('fault', FAULT, { abort: { http_status: 500 } }) },
    {
      ...routeTo('app', '/node'),
      ...perFilter('fault', FAULT, { abort: { http_status: 500, ...ALL }, downstream_nodes: ['n1', 'n2'] }),
    },
    {
      ...routeTo('app', '/cluster'),
      ...perFilter('fault', FAULT, { abort: { http_status: 500, ...ALL }, upstream_cluster: 'other' }),
    },
    {
      ...routeTo('app', '/this'),
      ...perFilter('fault', FAULT, { abort: { http_status: 500, ...ALL }, upstream_cluster: 'app' }),
    },
    {
      ...routeTo('app', '/headers'),
      ...perFilter('fault', FAULT, {
        abort: { http_status: 500, ...ALL },
        headers: [{ name: 'x-a', string_match: { exact: '1' } }, { name: 'x-b' }],
      }),
    },
    {
      ...routeTo('app', '/uncounted'),
      ...perFilter('fault', FAULT, { abort: { http_status: 500, ...ALL }, disable_downstream_cluster_stats: true }),
    },
    { ...direct('/direct', 'hi'), ...perFilter('fault', FAULT, { abort: { http_status: 500, ...ALL } }) },
    {
      ...routeTo('app', '/overflow'),
      ...perFilter('fault', FAULT, { abort: { http_status: 500, ...ALL }, max_active_faults: 0 }),
    },
    routeTo('app'),
  ],
  requests: [
    ['none', 'GET /'],
    ['status', 'GET /', ['x-envoy-fault-abort-request: 429']],
    ['status with a body', 'POST /', ['x-envoy-fault-abort-request: 429'], 'abc'],
    ['HEAD', 'HEAD /', ['x-envoy-fault-abort-request: 429']],
    ['too low', 'GET /', ['x-envoy-fault-abort-request: 199']],
    ['too high', 'GET /', ['x-envoy-fault-abort-request: 600']],
    ['no number', 'GET /', ['x-envoy-fault-abort-request: abc']],
    ['plus', 'GET /', ['x-envoy-fault-abort-request: +404']],
    ['twice', 'GET /', ['x-envoy-fault-abort-request: 404', 'x-envoy-fault-abort-request: 405']],
    ['share 0', 'GET /', ['x-envoy-fault-abort-request: 429', 'x-envoy-fault-abort-request-percentage: 0']],
    ['share 100', 'GET /', ['x-envoy-fault-abort-request: 429', 'x-envoy-fault-abort-request-percentage: 100']],
    ['share -1', 'GET /', ['x-envoy-fault-abort-request: 429', 'x-envoy-fault-abort-request-percentage: -1']],
    ['grpc header', 'POST /', ['x-envoy-fault-abort-grpc-request: 7', 'content-type: application/grpc'], 'x'],
    ['grpc header, plain', 'GET /', ['x-envoy-fault-abort-grpc-request: 7']],
    ['both headers', 'GET /', ['x-envoy-fault-abort-grpc-request: 7', 'x-envoy-fault-abort-request: 404']],
    ['http', 'GET /http'],
    ['http to grpc', 'POST /http', ['content-type: application/grpc'], 'x'],
    ['grpc', 'POST /grpc', ['content-type: application/grpc'], 'x'],
    ['grpc to plain', 'GET /grpc'],
    ['body', 'GET /body'],
    ['never', 'GET /never'],
    ['node', 'GET /node', ['x-envoy-downstream-service-node: n2']],
    ['other node', 'GET /node', ['x-envoy-downstream-service-node: n3']],
    ['no node', 'GET /node'],
    ['other cluster', 'GET /cluster'],
    ['this cluster', 'GET /this'],
    ['headers', 'GET /headers', ['x-a: 1', 'x-b: 2']],
    ['headers missing', 'GET /headers', ['x-a: 1']],
    ['counted', 'GET /http', ['x-envoy-downstream-service-cluster: client']],
    ['not counted', 'GET /uncounted', ['x-envoy-downstream-service-cluster: client2']],
    ['empty cluster', 'GET /http', ['x-envoy-downstream-service-cluster:']],
    ['direct', 'GET /direct'],
    ['overflow', 'GET /overflow'],
  ],
})

differentialFilters('fault: delays, aborts behind them, slow responses', {
  filters: [
    fault({
      delay: { header_delay: {}, ...ALL },
      abort: { header_abort: {}, ...ALL },
      response_rate_limit: { header_limit: {}, ...ALL },
      filter_metadata: { why: 'test' },
    }),
  ],
  log: LOG,
  stats: STATS,
  routes: [
    {
      ...routeTo('app', '/fixed'),
      ...perFilter('fault', FAULT, { delay: { fixed_delay: '0.05s', ...ALL }, filter_metadata: { b: 'c' } }),
    },
    {
      ...routeTo('app', '/both'),
      ...perFilter('fault', FAULT, { delay: { fixed_delay: '0.05s', ...ALL }, abort: { http_status: 500, ...ALL } }),
    },
    {
      ...routeTo('app', '/slow'),
      ...perFilter('fault', FAULT, {
        response_rate_limit: { fixed_limit: { limit_kbps: 1 }, ...ALL },
        filter_metadata: { d: 'e' },
      }),
    },
    routeTo('app'),
  ],
  requests: [
    ['fixed', 'GET /fixed'],
    ['fixed with a body', 'POST /fixed', [], 'body'],
    ['fixed with chunks', 'POST /fixed', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'],
    ['both', 'GET /both'],
    ['both with a body', 'POST /both', [], 'body'],
    ['header', 'GET /', ['x-envoy-fault-delay-request: 20']],
    ['header 0', 'GET /', ['x-envoy-fault-delay-request: 0']],
    ['header and abort', 'GET /', ['x-envoy-fault-delay-request: 20', 'x-envoy-fault-abort-request: 404']],
    ['share 0', 'GET /', ['x-envoy-fault-delay-request: 20', 'x-envoy-fault-delay-request-percentage: 0']],
    ['slow', 'GET /slow', ['x-do: chunked;body=slow']],
    ['slow with a length', 'GET /slow', ['x-do: body=slow and steady']],
    ['slow without a body', 'GET /slow', ['x-do: status=204']],
    ['slow HEAD', 'HEAD /slow'],
    ['slow by header', 'GET /', ['x-envoy-fault-throughput-response: 1']],
    ['slow by header 0', 'GET /', ['x-envoy-fault-throughput-response: 0']],
    ['slow local reply', 'GET /slow', ['x-do: reset']],
  ],
})

differentialFilters('fault: runtime', {
  filters: [
    fault({
      delay: { fixed_delay: '10s', percentage: { numerator: 0 } },
      abort: { http_status: 500, percentage: { numerator: 100 } },
      abort_http_status_runtime: 'my.status',
    }),
  ],
  bootstrap: runtime({
    my: { status: 418 },
    'fault.http.delay.fixed_delay_percent': 100,
    'fault.http.delay.fixed_duration_ms': 10,
    'fault.http.c1.abort.http_status': 404,
    'fault.http.c2.abort.abort_percent': 0,
    'fault.http.c3.delay.fixed_duration_ms': 0,
    'fault.http.c4.delay.fixed_delay_percent': 0,
  }),
  log: LOG,
  stats: STATS,
  requests: [
    ['general', 'GET /'],
    ...['c1', 'c2', 'c3', 'c4'].map(
      (cluster) => [cluster, 'GET /', [`x-envoy-downstream-service-cluster: ${cluster}`]] as const,
    ),
  ],
})

differentialFilters('fault: a filter that does not count for clusters of clients, and routes that would', {
  filters: [fault({ abort: { http_status: 503, ...ALL }, disable_downstream_cluster_stats: true })],
  routes: [
    {
      ...routeTo('app', '/route'),
      ...perFilter('fault', FAULT, { abort: { http_status: 503, ...ALL }, delay: { fixed_delay: '0.001s', ...ALL } }),
    },
    routeTo('app'),
  ],
  requests: ['/route', '/'].map((path) => [path, `GET ${path}`, ['x-envoy-downstream-service-cluster: them']] as const),
  stats: STATS,
})
