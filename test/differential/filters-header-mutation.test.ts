/* envoy.filters.http.header_mutation against the real one. */
import { direct, routeTo, staticCluster } from '../support/configs.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

const FILTER = 'header_mutation.v3.HeaderMutation'

function append(key: string, value: string, action = 'APPEND_IF_EXISTS_OR_ADD', more: object = {}): object {
  return { append: { header: { key, value }, append_action: action, ...more } }
}

function query(key: string, value: string, action = 'APPEND_IF_EXISTS_OR_ADD'): object {
  return { append: { record: { key, value }, action } }
}

function level(name: string): object {
  const list = [
    append('x-append', name),
    append('x-absent', name, 'ADD_IF_ABSENT'),
    append('x-over', name, 'OVERWRITE_IF_EXISTS_OR_ADD'),
    append('x-existing', name, 'OVERWRITE_IF_EXISTS'),
    append(`x-only-${name}`, '%REQ(:METHOD)% %PROTOCOL% %REQ(x-none)%|%REQ(x-client):3%'),
    { remove: `x-drop-${name}` },
  ]
  return {
    request_mutations: [...list, append('x-seen', '%REQ(x-over)%')],
    response_mutations: [...list, append('x-seen', '%RESP(x-over)% %RESPONSE_CODE% %REQ(x-append)%')],
    request_trailers_mutations: [append('x-t', name), { remove: `x-drop-${name}` }],
    response_trailers_mutations: [append('x-t', name), { remove: `x-drop-${name}` }],
    query_parameter_mutations: [query(`q-${name}`, '%REQ(:METHOD)%'), query('q', name)],
  }
}

const SENT = [
  'x-client: abcdef',
  'x-existing: client',
  'x-over: one',
  'x-over: two',
  'x-drop-filter: 1',
  'x-drop-route: 1',
]

for (const wins of [false, true]) {
  const at = (name: string): object => perFilter('header_mutation', `${FILTER}PerRoute`, { mutations: level(name) })
  differentialFilters(`header_mutation: levels, most_specific_header_mutations_wins: ${wins}`, {
    filters: [
      filterEntry('header_mutation', FILTER, { mutations: level('filter'), most_specific_header_mutations_wins: wins }),
    ],
    manager: { http_protocol_options: { enable_trailers: true } },
    table: at('table'),
    virtualHost: at('vhost'),
    routes: [
      {
        match: { prefix: '/w' },
        route: { weighted_clusters: { clusters: [{ name: 'app', weight: 1, ...at('cluster') }] } },
        ...at('route'),
      },
      { ...direct('/direct', 'hi'), ...at('route') },
      { match: { prefix: '/redirect' }, redirect: { path_redirect: '/x' }, ...at('route') },
      routeTo('app'),
    ],
    requests: [
      ['weighted', 'GET /w?q=0&z=1', [...SENT, 'x-do: header=x-existing:upstream']],
      ['plain', 'POST /p', SENT, 'abc'],
      ['direct', 'GET /direct', SENT],
      ['redirect', 'GET /redirect?a=b', SENT],
      [
        'trailers',
        'POST /w',
        [...SENT, 'transfer-encoding: chunked'],
        '1\r\na\r\n0\r\nx-t: client\r\nx-drop-route: 1\r\n\r\n',
      ],
      ['response trailers', 'GET /w', ['x-do: chunked']],
      ['local reply', 'GET /w', ['x-do: reset']],
    ],
  })
}

differentialFilters('header_mutation: values, removals by pattern, empty values', {
  filters: [
    filterEntry('header_mutation', FILTER, {
      mutations: {
        request_mutations: [
          { remove_on_match: { key_matcher: { prefix: 'x-internal-' } } },
          { remove_on_match: { key_matcher: { safe_regex: { regex: 'x-[0-9]+' } } } },
          { remove_on_match: { key_matcher: { exact: 'X-Upper', ignore_case: true } } },
          append('x-empty', '%REQ(x-none)%'),
          append('x-empty-kept', '%REQ(x-none)%', 'APPEND_IF_EXISTS_OR_ADD', { keep_empty_value: true }),
          append('x-raw', '100%% %%'),
          append('X-CASE', 'Value'),
          append('x-order', 'one'),
          { remove: 'x-order' },
          append('x-order', 'two'),
          { append: { header: { key: 'x-old', value: 'a' }, append: false } },
          append('x-long', 'a%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%b%ROUTE_NAME%c'),
          append('user-agent', 'mine', 'OVERWRITE_IF_EXISTS_OR_ADD'),
          { remove: 'x-forwarded-proto' },
        ],
        response_mutations: [
          { remove: 'x-backend' },
          { remove: 'content-length' },
          append('server', 'mine', 'OVERWRITE_IF_EXISTS_OR_ADD'),
          append('x-up', '%UPSTREAM_CLUSTER% %RESPONSE_CODE_DETAILS%'),
        ],
      },
    }),
  ],
  requests: [
    [
      'all',
      'GET /',
      [
        'x-internal-a: 1',
        'x-internal-b: 1',
        'x-1: 1',
        'x-12: 1',
        'x-1a: 1',
        'x-upper: 1',
        'x-order: zero',
        'x-old: b',
        'user-agent: u',
      ],
    ],
    ['none', 'GET /'],
    ['head', 'HEAD /'],
  ],
})

differentialFilters('header_mutation: query parameters', {
  filters: [
    filterEntry('header_mutation', FILTER, {
      mutations: {
        query_parameter_mutations: [
          query('added', '%REQ(x-value)%'),
          query('absent', 'no', 'ADD_IF_ABSENT'),
          query('over', 'new', 'OVERWRITE_IF_EXISTS_OR_ADD'),
          query('existing', 'new', 'OVERWRITE_IF_EXISTS'),
          query('a b', "c d&e=f%%+\u00e9-_.~!*()/:?#[]@$;,'"),
          { remove: 'drop' },
          { remove: 'dr op' },
        ],
      },
    }),
  ],
  requests: [
    '/',
    '/?',
    '/?drop=1',
    '/?drop',
    '/?drop=1&drop=2&keep=3&keep=1',
    '/?z=1&b=2&a=3&B=4',
    '/?over=1&over=2&existing=1&existing=2&absent=0',
    '/?empty=&none&=novalue&=&&x',
    '/?enc=%20%26%3D%2B%25&pl=a+b&dr%20op=1&%61bsent=1',
    '/?bad=%zz%4&half=%4',
    '/?eq=a=b=c',
    '/p?a=/?b',
    '/?&a&&',
    '/?u=%C3%A9&low=%c3%a9&tilde=~-_.!*()',
  ].map((path) => [path, `GET ${path}`, ['x-value: v 1']] as const),
})

// What kind of request it is was known when it came.
differentialFilters('header_mutation: content-type of gRPC taken away and given', {
  filters: [filterEntry('header_mutation', FILTER, { mutations: {} })],
  routes: [
    {
      ...direct('/taken', 'hi'),
      ...perFilter('header_mutation', `${FILTER}PerRoute`, {
        mutations: { request_mutations: [{ remove: 'content-type' }] },
      }),
    },
    {
      ...direct('/given', 'hi'),
      ...perFilter('header_mutation', `${FILTER}PerRoute`, {
        mutations: { request_mutations: [append('content-type', 'application/grpc')] },
      }),
    },
    { match: { prefix: '/dead' }, route: { cluster: 'dead' }, request_headers_to_remove: ['content-type'] },
  ],
  clusters: [staticCluster('dead', [1])],
  log: '%REQ(:PATH)% %RESPONSE_CODE% %GRPC_STATUS%',
  requests: ['/taken', '/given', '/dead'].flatMap((path) =>
    [[], ['content-type: application/grpc']].map(
      (headers) => [`${path} ${headers.length}`, `GET ${path}`, headers] as const,
    ),
  ),
})

const BYTES: Readonly<Record<string, object>> = {
  raw: { raw_value: btoa('raw') },
  both: { value: 'text', raw_value: btoa('raw') },
  'an empty raw one': { value: 'text', raw_value: '' },
  'raw with an operator': { raw_value: btoa('%PROTOCOL%') },
  'bytes beyond ASCII': { raw_value: btoa('\xff\xfe') },
}

differentialFilters('header values as bytes', {
  filters: Object.values(BYTES).map((value, i) =>
    filterEntry('header_mutation', 'header_mutation.v3.HeaderMutation', {
      mutations: {
        request_mutations: [{ append: { header: { key: `x-filter-${i}`, ...value } } }],
        response_mutations: [{ append: { header: { key: `x-filter-${i}`, ...value } } }],
      },
    }),
  ),
  virtualHost: {
    request_headers_to_add: Object.values(BYTES).map((value, i) => ({ header: { key: `x-host-${i}`, ...value } })),
    response_headers_to_add: Object.values(BYTES).map((value, i) => ({ header: { key: `x-host-${i}`, ...value } })),
  },
  requests: [['all of them', 'GET /']],
})
