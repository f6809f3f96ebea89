/* What a route makes by a format, by a matcher or by a hash, and how long a gRPC client may say that it waits. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const match = (prefix: string) => ({ match: { prefix } })
const type = (name: string) => ({
  '@type': `type.googleapis.com/envoy.extensions.router.cluster_specifiers.matcher.v3.${name}`,
})
const toCluster = (cluster: string) => ({ action: { name: 'a', typed_config: { ...type('ClusterAction'), cluster } } })
const byHeader = {
  name: 'i',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
    header_name: 'x-h',
  },
}
const plugin = {
  extension: {
    name: 'by-header',
    typed_config: {
      ...type('MatcherClusterSpecifier'),
      cluster_matcher: {
        matcher_tree: {
          input: byHeader,
          exact_match_map: { map: { app: toCluster('app'), other: toCluster('other'), none: toCluster('nope') } },
        },
      },
    },
  },
}

const ROUTES = [
  routeTo('app', '/host', { host_rewrite: '%REQ(x-h)%.test', append_x_forwarded_host: true }),
  routeTo('app', '/path', { path_rewrite: '/new%REQ(x-h)%' }),
  routeTo('app', '/only', { path_rewrite: '%REQ(x-h)%' }),
  { ...match('/moved'), redirect: { path_rewrite: '/x%REQ(x-h)%' } },
  { ...match('/stripped'), redirect: { path_rewrite: '/x%REQ(x-h)%', strip_query: true, host_redirect: 'h.test' } },
  { ...match('/stays'), redirect: { path_rewrite: '%REQ(x-h)%' } },
  {
    ...match('/text'),
    direct_response: {
      status: 200,
      body: { inline_string: 'hi' },
      body_format: { text_format_source: { inline_string: '<%LOCAL_REPLY_BODY%|%REQ(x-h)%|%RESPONSE_CODE%>' } },
    },
  },
  {
    ...match('/json'),
    direct_response: { status: 201, body_format: { json_format: { a: '%REQ(x-h)%', b: '%RESPONSE_CODE%' } } },
  },
  {
    ...match('/type'),
    direct_response: {
      status: 200,
      body_format: { text_format_source: { inline_string: 't' }, content_type: 'text/x' },
    },
  },
  {
    ...match('/hash'),
    route: {
      weighted_clusters: {
        clusters: [
          { name: 'app', weight: 50 },
          { name: 'other', weight: 50 },
        ],
        use_hash_policy: true,
      },
      hash_policy: [{ header: { header_name: 'x-h' } }],
    },
  },
  {
    ...match('/old'),
    route: { cluster: 'app', timeout: '0.3s', max_grpc_timeout: '0.2s', grpc_timeout_offset: '0.05s' },
  },
  routeTo('app', '/new', { max_stream_duration: { grpc_timeout_header_max: '0.2s' } }),
  routeTo('app', '/both', {
    max_stream_duration: {
      max_stream_duration: '0.3s',
      grpc_timeout_header_max: '0s',
      grpc_timeout_header_offset: '0.1s',
    },
  }),
  { ...match('/foreign'), non_forwarding_action: {} },
  { ...match('/filtered'), filter_action: {} },
  { ...match('/named'), route: { cluster_specifier_plugin: 'by-header' } },
  { ...match('/inline'), route: { inline_cluster_specifier_plugin: plugin } },
  {
    match: {
      prefix: '/state',
      filter_state: [{ key: 'nothing', string_match: { prefix: 'a' } }],
    },
    route: { cluster: 'other' },
  },
  routeTo('app', '/'),
]

const INTERNAL = { internal_address_config: { cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] } }
const GRPC = 'content-type: application/grpc'

differential('formats, matchers and hashes of routes; grpc-timeout; strict headers', {
  backends: ['app', 'other'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ROUTES,
          table: { cluster_specifier_plugins: [plugin] },
          router: { strict_check_headers: ['x-envoy-max-retries', 'x-envoy-retry-on', 'x-envoy-retry-grpc-on'] },
          extra: { ...INTERNAL, access_log: [fileLog('access.log', textFormat(OUTCOME))] },
        }),
      ],
      clusters: [staticCluster('app', [port('app')]), staticCluster('other', [port('other')])],
    },
  }),
  traffic: async (side) => {
    let count = 0
    const get = (path: string, ...headers: readonly string[]) =>
      side.request(`${++count} ${path} ${headers.join()}`, 'front', `GET ${path}`, ...headers)
    const paths =
      '/host /path?a=1 /only?a=1 /moved?a=1 /stripped?a=1 /stays?a=1 /text?a /json /type /state /foreign /filtered'
    for (const path of paths.split(' ')) {
      await get(path)
      await get(path, 'x-h: /q')
    }
    for (const value of ['1', '2', '3', '4', '5', '6', '7', '8']) await get('/hash', `x-h: ${value}`)
    for (const path of ['/named', '/inline']) {
      for (const value of ['app', 'other', 'none', 'x']) await get(path, `x-h: ${value}`)
    }
    for (const path of ['/old', '/new', '/both']) {
      await get(path, GRPC)
      await get(path, GRPC, 'grpc-timeout: 150m')
      await get(path, 'grpc-timeout: 150m')
      await get(path, GRPC, 'grpc-timeout: 1S', 'x-do: hang')
      await get(path, GRPC, 'grpc-timeout: 250000u')
      await get(path, GRPC, 'grpc-timeout: x')
    }
    const client = 'x-forwarded-for: 127.0.0.1'
    for (const header of [
      'max-retries: a',
      'max-retries: -1',
      'retry-on: 5xx,no',
      'retry-on: 5xx',
      'retry-grpc-on: 5xx',
    ]) {
      await get('/strict', client, `x-envoy-${header}`)
    }
    side.noteSeen('app')
    side.noteSeen('other')
    await side.noteLog('access.log', count)
  },
})
