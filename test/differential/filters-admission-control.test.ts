/*
 * envoy.filters.http.admission_control: what counts as a success, and who is rejected. Probabilities are all or nothing: the
 * greatest there may be is 100 %, and so many failures make it as good as certain.
 */
import { routeTo } from '../support/configs.ts'
import type { FilterCase, RequestRow } from './support/filter-case.ts'
import { differentialFilters, filterEntry } from './support/filter-case.ts'

const TYPE = 'admission_control.v3.AdmissionControl'
const ALL = { max_rejection_probability: { default_value: { value: 100 } } }
const EAGER = { ...ALL, aggression: { default_value: 10_000, runtime_key: 'aggression' } }

const control = (fields: object): object => filterEntry('admission_control', TYPE, { success_criteria: {}, ...fields })

const answered = (name: string, status: number, ...headers: readonly string[]): RequestRow => [
  name,
  'GET /',
  [`x-do: status=${status}${headers.map((each) => `;header=${each}`).join('')}`],
]

function controlled(name: string, fields: object, wanted: Partial<FilterCase> & Pick<FilterCase, 'requests'>): void {
  differentialFilters(`admission_control: ${name}`, {
    filters: [control(fields)],
    log: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_HOST%',
    stats: /^http\.ingress\.(?:admission_control|downstream_rq_[0-9]xx)/,
    ...wanted,
  })
}

const NEVER = { max_rejection_probability: { default_value: { value: 0 } } }
const STATUSES = [200, 204, 301, 400, 404, 429, 499, 500, 503].map((status) => answered(`${status}`, status))
const GRPC: readonly RequestRow[] = Array.from({ length: 18 }, (_, i) =>
  answered(`grpc ${i}`, 200, `content-type: application/grpc\r\ngrpc-status: ${i}`),
)

for (const [name, criteria] of Object.entries({
  'the defaults': {},
  ranges: {
    http_criteria: {
      http_success_status: [
        { start: 200, end: 300 },
        { start: 404, end: 405 },
      ],
    },
  },
  'gRPC statuses': { grpc_criteria: { grpc_success_status: [0, 14] } },
})) {
  controlled(
    `what a success is, ${name}`,
    { success_criteria: criteria, ...NEVER },
    {
      requests: [
        ...STATUSES,
        ...GRPC,
        answered('no gRPC status', 200, 'content-type: application/grpc'),
        answered('no gRPC number', 200, 'content-type: application/grpc\r\ngrpc-status: x'),
        answered('empty gRPC status', 200, 'content-type: application/grpc\r\ngrpc-status:'),
        answered('gRPC status of another type', 200, 'content-type: text/plain\r\ngrpc-status: 14'),
        answered('gRPC of another status', 500, 'content-type: application/grpc'),
        answered('gRPC+proto', 200, 'content-type: application/grpc+proto'),
        answered('gRPC-web', 200, 'content-type: application/grpc-web'),
        ['grpc without a body', 'HEAD /', ['x-do: status=200;header=grpc-status: 13']],
        ['no upstream answer', 'GET /', ['x-do: reset']],
      ],
    },
  )
}

const failing = (count: number): readonly RequestRow[] =>
  Array.from({ length: count }, (_, i) => answered(`failure ${i}`, 500))

controlled('rejects what fails', EAGER, { requests: failing(6) })
controlled(
  'no more than it may',
  { ...EAGER, max_rejection_probability: { default_value: { value: 0 } } },
  { requests: failing(6) },
)
controlled('only from so many a second', { ...EAGER, rps_threshold: { default_value: 4 } }, { requests: failing(8) })
controlled(
  'as long as too few succeed',
  { ...EAGER, sr_threshold: { default_value: { value: 50 } } },
  {
    requests: [
      ...[1, 2, 3].map((i) => answered(`success ${i}`, 200)),
      ...failing(4),
      answered('who knows', 200),
      answered('who knows again', 200),
    ],
  },
)
controlled('not in use', { ...EAGER, enabled: { default_value: false, runtime_key: 'on' } }, { requests: failing(4) })
controlled('gRPC requests', EAGER, {
  requests: [
    answered('failure', 500),
    answered('another', 500),
    ['grpc', 'POST /', ['content-type: application/grpc', 'x-do: status=200'], 'x'],
    ['with a body', 'POST /', ['x-do: status=200'], 'body'],
    ['head', 'HEAD /', ['x-do: status=200']],
  ],
})
controlled('what the proxy answers itself', EAGER, {
  routes: [
    { match: { prefix: '/direct' }, direct_response: { status: 503 } },
    { match: { prefix: '/moved' }, redirect: { path_redirect: '/' } },
    { match: { prefix: '/nowhere' }, route: { cluster_header: 'x-none' } },
    { ...routeTo('app', '/retried', { retry_policy: { retry_on: '5xx', num_retries: 1 } }) },
  ],
  requests: [
    ['moved', 'GET /moved'],
    ['retried', 'GET /retried', ['x-do: fail=1']],
    ['no cluster', 'GET /nowhere'],
    ['no route', 'GET /missing'],
    ['direct', 'GET /direct'],
    ['direct again', 'GET /direct'],
    ['moved now', 'GET /moved'],
  ],
})
controlled('what is refused before the filters', EAGER, {
  manager: { path_with_escaped_slashes_action: 'REJECT_REQUEST' },
  requests: [
    ['escaped', 'GET /a%2fb'],
    ['escaped again', 'GET /a%2fb'],
    ['ordinary', 'GET /'],
  ],
})

for (const [name, values] of Object.entries({
  'nothing of it': {},
  'no rejections': { most: 0 },
  'few a second': { rps: 100 },
  'a low threshold': { rate: 1 },
  'less than the least': { rate: 0 },
  'little aggression': { aggression: 0, most: 50 },
  'not in use': { on: false },
})) {
  controlled(
    `the runtime tells ${name}`,
    {
      enabled: { default_value: true, runtime_key: 'on' },
      aggression: { default_value: 10_000, runtime_key: 'aggression' },
      sr_threshold: { default_value: { value: 95 }, runtime_key: 'rate' },
      rps_threshold: { default_value: 0, runtime_key: 'rps' },
      max_rejection_probability: { default_value: { value: 100 }, runtime_key: 'most' },
    },
    {
      bootstrap: { layered_runtime: { layers: [{ name: 'static', static_layer: values }] } },
      requests: name === 'little aggression' ? [] : [answered('good', 200), ...failing(4)],
    },
  )
}

differentialFilters('admission_control: as a filter of the upstream', {
  filters: [],
  router: filterEntry('router', 'router.v3.Router', {
    upstream_http_filters: [control(EAGER), filterEntry('upstream_codec', 'upstream_codec.v3.UpstreamCodec')],
  }),
  requests: failing(4),
  log: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%',
})
