/* local_ratelimit: who is let through, what is said about it, and what is counted. Nothing fills up while it lasts. */
import { routeTo } from '../support/configs.ts'
import type { RequestRow } from './support/filter-case.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

const TYPE = 'local_ratelimit.v3.LocalRateLimit'
const ON = { default_value: { numerator: 100 } }

function tokens(max: number, more: object = {}): object {
  return { token_bucket: { max_tokens: max, fill_interval: '10000s', ...more } }
}

function config(more: object): object {
  return { stat_prefix: 'rl', filter_enabled: ON, filter_enforced: ON, ...more }
}

function header(key: string, value: string): object {
  return { header: { key, value } }
}

function times(count: number, name: string, line: string, ...fields: string[]): RequestRow[] {
  return Array.from({ length: count }, (_, i): RequestRow => [`${name} ${i}`, line, fields])
}

const STATS = /http_local_rate_limit/
const LOG = '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %REQ(:PATH)%'

differentialFilters('local_ratelimit: enforced, told, and by route', {
  filters: [
    filterEntry('local_ratelimit', TYPE, config({ ...tokens(2), response_headers_to_add: [header('x-a', 'b')] })),
  ],
  routes: [
    {
      ...routeTo('app', '/own'),
      ...perFilter('local_ratelimit', TYPE, {
        ...config(tokens(1)),
        stat_prefix: 'own',
        status: { code: 'ServiceUnavailable' },
        rate_limited_as_resource_exhausted: true,
        enable_retry_after_header: true,
      }),
    },
    {
      ...routeTo('app', '/shadow'),
      ...perFilter('local_ratelimit', TYPE, {
        stat_prefix: 'shadow',
        filter_enabled: ON,
        ...tokens(1),
        request_headers_to_add_when_not_enforced: [header('x-over', '%REQ(:PATH)%')],
      }),
    },
    {
      ...routeTo('app', '/never'),
      ...perFilter('local_ratelimit', TYPE, { ...config(tokens(0)), stat_prefix: 'never' }),
    },
    routeTo('app'),
  ],
  requests: [
    ...times(4, 'plain', 'GET /'),
    ...times(1, 'head', 'HEAD /'),
    ...times(1, 'grpc', 'POST /', 'content-type: application/grpc'),
    ...times(2, 'own', 'GET /own'),
    ...times(1, 'own grpc', 'POST /own', 'content-type: application/grpc'),
    ...times(2, 'shadow', 'GET /shadow'),
    ...times(1, 'never', 'GET /never'),
  ],
  stats: STATS,
  log: LOG,
})

function limit(name: string, more: object = {}): object {
  return { actions: [{ request_headers: { header_name: `x-${name}`, descriptor_key: name } }], ...more }
}

function descriptor(max: number, entries: Readonly<Record<string, string>>, more: object = {}): object {
  return { entries: Object.entries(entries).map(([key, value]) => ({ key, value })), ...tokens(max), ...more }
}

differentialFilters('local_ratelimit: descriptors of its own', {
  filters: [
    filterEntry('local_ratelimit', TYPE, {
      ...config(tokens(100)),
      rate_limits: [limit('a'), limit('b'), limit('n', { hits_addend: { format: '%REQ(x-hits)%' } })],
      descriptors: [
        descriptor(2, { a: '1' }),
        descriptor(1, { b: '' }),
        descriptor(5, { n: '1' }),
        descriptor(1, { a: 's' }, { shadow_mode: true }),
      ],
    }),
  ],
  requests: [
    ...times(3, 'exact', 'GET /', 'x-a: 1'),
    ...times(2, 'another value', 'GET /', 'x-a: 2'),
    ...['x', 'y', 'x'].flatMap((value, i) => times(2, `any ${value} ${i}`, 'GET /', `x-b: ${value}`)),
    ...times(1, 'both', 'GET /', 'x-a: 1', 'x-b: z'),
    ...times(3, 'shadow', 'GET /', 'x-a: s'),
    ...['3', 'abc', '0', '3', '2', '1'].flatMap((hits, i) =>
      times(1, `hits ${hits} ${i}`, 'GET /', 'x-n: 1', `x-hits: ${hits}`),
    ),
  ],
  stats: STATS,
})

for (const virtualHosts of ['OVERRIDE', 'INCLUDE', 'IGNORE']) {
  differentialFilters(`local_ratelimit: descriptors of the route, virtual hosts ${virtualHosts}`, {
    filters: [
      filterEntry('local_ratelimit', TYPE, {
        ...config(tokens(100)),
        stage: 1,
        vh_rate_limits: virtualHosts,
        always_consume_default_token_bucket: false,
        descriptors: [descriptor(1, { a: '1' }), descriptor(1, { b: '1' }), descriptor(1, { c: '1' })],
      }),
    ],
    routes: [
      routeTo('app', '/a', { rate_limits: [limit('a', { stage: 1 }), limit('c')] }),
      routeTo('app', '/off', { rate_limits: [limit('a', { stage: 1, disable_key: 'd' })] }),
      routeTo('app'),
    ],
    virtualHost: { rate_limits: [limit('b', { stage: 1 })] },
    requests: ['/a', '/off', '/'].flatMap((path) => [
      ...times(2, `a ${path}`, `GET ${path}`, 'x-a: 1'),
      ...times(2, `b ${path}`, `GET ${path}`, 'x-b: 1'),
      ...times(2, `c ${path}`, `GET ${path}`, 'x-c: 1'),
    ]),
    stats: STATS,
  })
}

differentialFilters('local_ratelimit: x-ratelimit headers', {
  filters: [
    filterEntry('local_ratelimit', TYPE, {
      ...config(tokens(9)),
      enable_x_ratelimit_headers: 'DRAFT_VERSION_03',
      rate_limits: [limit('a'), limit('o', { x_ratelimit_option: 'OFF' })],
      descriptors: [descriptor(5, { a: '1' }), descriptor(5, { o: '1' })],
    }),
  ],
  requests: [
    ...times(2, 'default', 'GET /'),
    ...times(2, 'descriptor', 'GET /', 'x-a: 1'),
    ...times(1, 'off', 'GET /', 'x-o: 1'),
  ],
  stats: STATS,
})

differentialFilters('local_ratelimit: shadows beside what is meant', {
  filters: [
    filterEntry('local_ratelimit', TYPE, {
      ...config(tokens(4)),
      always_consume_default_token_bucket: true,
      enable_x_ratelimit_headers: 'DRAFT_VERSION_03',
      descriptors: [descriptor(1, { a: '' }, { shadow_mode: true }), descriptor(2, { b: '1' })],
      rate_limits: [limit('a'), limit('b')],
    }),
  ],
  requests: [
    ...times(2, 'shadow', 'GET /', 'x-a: 1'),
    ...times(3, 'both', 'GET /', 'x-a: 1', 'x-b: 1'),
    ...times(2, 'default', 'GET /', 'x-a: 1'),
  ],
  stats: STATS,
})

differentialFilters(
  'local_ratelimit: the addend of a route is for services, and all that a bucket holds can be taken at once',
  {
    filters: [
      filterEntry('local_ratelimit', TYPE, {
        ...config({ token_bucket: { max_tokens: 3, tokens_per_fill: 7, fill_interval: '70000s' } }),
        enable_x_ratelimit_headers: 'DRAFT_VERSION_03',
        descriptors: [descriptor(4, { a: '' })],
      }),
    ],
    routes: [
      routeTo('app', '/three', { rate_limits: [limit('a', { hits_addend: { number: 3 } })] }),
      routeTo('app', '/none', { rate_limits: [limit('a', { hits_addend: { format: '%REQ(x-none)%' } })] }),
      routeTo('app'),
    ],
    requests: [
      ...times(2, 'three', 'GET /three', 'x-a: 1'),
      ...times(1, 'none', 'GET /none', 'x-a: 1'),
      ...times(4, 'default', 'GET /'),
    ],
    stats: STATS,
  },
)
