/* Descriptors of rate limits, told by a bucket that holds one token for the descriptor that is expected. */
import { httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const TYPE = 'type.googleapis.com/envoy.extensions'
const FILTER = `${TYPE}.filters.http.local_ratelimit.v3.LocalRateLimit`
const ALWAYS = { default_value: { numerator: 100 } }
const MANY = { max_tokens: 100000, tokens_per_fill: 100000, fill_interval: '1000s' }
const ONE = { max_tokens: 1, tokens_per_fill: 1, fill_interval: '1000s' }
const input = { '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput', header_name: 'x-a' }
const cel = (text: string) => ({
  extension: {
    name: 'cel',
    typed_config: { '@type': `${TYPE}.rate_limit_descriptors.expr.v3.Descriptor`, descriptor_key: 'k', text },
  },
})
const metadata = (source: string, key: string, more: object = {}) => ({
  metadata: { descriptor_key: 'k', source, metadata_key: { key: 'm', path: [{ key }] }, ...more },
})
const address_matcher = { ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] }

const CASES: readonly (readonly [name: string, action: object, key: string, value: string])[] = [
  ['plain', { generic_key: { descriptor_value: 'v' } }, 'generic_key', 'v'],
  ['format', { generic_key: { descriptor_value: '%REQ(x-a)%' } }, 'generic_key', 'v'],
  ['literal', { generic_key: { descriptor_value: '%REQ(x-a)%', default_value: 'd' } }, 'generic_key', '%REQ(x-a)%'],
  ['header', { request_headers: { header_name: 'x-a', descriptor_key: 'k' } }, 'k', 'v'],
  ['match', { header_value_match: { descriptor_value: 'v', headers: [{ name: 'x-a' }] } }, 'header_match', 'v'],
  [
    'unmatched',
    { header_value_match: { descriptor_value: 'v', expect_match: false, headers: [{ name: 'x-a' }] } },
    'header_match',
    'v',
  ],
  ['query', { query_parameters: { query_parameter_name: 'q', descriptor_key: 'k' } }, 'k', '1'],
  [
    'queries',
    { query_parameter_value_match: { descriptor_value: 'v', query_parameters: [{ name: 'q' }] } },
    'query_match',
    'v',
  ],
  ['address', { remote_address: {} }, 'remote_address', '127.0.0.1'],
  ['mask', { masked_remote_address: { v4_prefix_mask_len: 16 } }, 'masked_remote_address', '127.0.0.0/16'],
  ['range', { remote_address_match: { descriptor_value: 'v', address_matcher } }, 'remote_address_match', 'v'],
  ['to', { destination_cluster: {} }, 'destination_cluster', 'app'],
  ['from', { source_cluster: {} }, 'source_cluster', 'me'],
  ['text', metadata('ROUTE_ENTRY', 's'), 'k', 'v'],
  ['number', metadata('ROUTE_ENTRY', 'n'), 'k', '5'],
  ['cluster', metadata('CLUSTER_ENTRY', 's'), 'k', 'v'],
  ['locality', metadata('CLUSTER_LOCALITY_ENTRY', 's'), 'k', 'v'],
  ['default', metadata('CLUSTER_LOCALITY_ENTRY', 's', { default_value: 'd' }), 'k', 'd'],
  ['input', { extension: { name: 'in', typed_config: input } }, 'in', 'v'],
  ['cel', cel(`request.headers['x-a']`), 'k', 'v'],
  ['bool', cel(`request.method == 'GET'`), 'k', 'true'],
]

const ROUTES = CASES.map(([name, action, key, value]) => ({
  match: { path: `/${name}` },
  metadata: { filter_metadata: { m: { s: 'v', n: 5 } } },
  route: { cluster: 'app', rate_limits: [{ actions: [action] }] },
  typed_per_filter_config: {
    limit: {
      '@type': FILTER,
      stat_prefix: 'x',
      token_bucket: MANY,
      filter_enabled: ALWAYS,
      filter_enforced: ALWAYS,
      descriptors: [{ entries: [{ key, value }], token_bucket: ONE }],
    },
  },
}))

differential('descriptors of rate limits', {
  backends: ['app'],
  bootstrap: (port) => ({
    node: { id: 'me', cluster: 'me' },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ROUTES,
          extra: {
            http_filters: [
              { name: 'limit', typed_config: { '@type': FILTER, stat_prefix: 'x' } },
              { name: 'router', typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` } },
            ],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')], { metadata: { filter_metadata: { m: { s: 'v' } } } })],
    },
  }),
  traffic: async (side) => {
    for (const [name] of CASES) {
      for (const [i, headers] of [['x-a: v'], ['x-a: v'], [], []].entries()) {
        await side.request(`${name} ${i}`, 'front', `GET /${name}?q=1`, ...headers)
      }
    }
  },
})

const own = (more: object, ...before: readonly object[]) => ({
  actions: [...before, { generic_key: { descriptor_value: 'own' } }],
  ...more,
})
const absent = (more: object) => ({ request_headers: { header_name: 'x-no', descriptor_key: 'k', ...more } })
const LIMITS: Readonly<Record<string, readonly object[]>> = {
  'another-stage': [own({ stage: 1 })],
  'disabled-by-key': [own({ disable_key: 'off' })],
  'enabled-by-key': [own({ disable_key: 'on' })],
  'without-an-entry': [own({}, absent({ skip_if_absent: true }))],
  'without-a-descriptor': [own({}, absent({}))],
  'two-hits': [own({ hits_addend: { number: 2 } })],
  'hits-of-a-header': [own({ hits_addend: { format: '%REQ(x-hits)%' } })],
  'another-limit': [own({ limit: { dynamic_metadata: { metadata_key: { key: 'a', path: [{ key: 'b' }] } } } })],
  'when-done': [own({ apply_on_stream_done: true })],
  'with-headers': [own({ x_ratelimit_option: 'DRAFT_VERSION_03' })],
  'the-second': [{ actions: [{ generic_key: { descriptor_value: 'unknown' } }] }, own({})],
}

differential('what else a rate limit of a route says', {
  backends: ['app'],
  bootstrap: (port) => ({
    layered_runtime: {
      layers: [
        {
          name: 's',
          static_layer: { 'ratelimit.on.http_filter_enabled': 100, 'ratelimit.off.http_filter_enabled': 0 },
        },
      ],
    },
    static_resources: {
      listeners: Object.entries(LIMITS).map(([name, rate_limits]) =>
        httpListener(name, {
          statPrefix: name,
          routes: [{ match: { prefix: '/' }, route: { cluster: 'app', rate_limits } }],
          extra: {
            http_filters: [
              {
                name: 'limit',
                typed_config: {
                  '@type': FILTER,
                  stat_prefix: name,
                  token_bucket: MANY,
                  filter_enabled: ALWAYS,
                  filter_enforced: ALWAYS,
                  descriptors: [
                    { entries: [{ key: 'generic_key', value: 'own' }], token_bucket: { ...ONE, max_tokens: 3 } },
                  ],
                },
              },
              {
                name: 'router',
                typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` },
              },
            ],
          },
        }),
      ),
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: /\.http_local_rate_limit\./,
  traffic: async (side) => {
    for (const name of Object.keys(LIMITS)) {
      for (let i = 0; i < 5; i++) await side.request(`${name} ${i}`, name, 'GET /', 'x-hits: 2')
    }
  },
})
