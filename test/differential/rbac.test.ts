/* Every kind of permission and principal, conditions and matchers, each on a route of its own. */
import { httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const T = 'type.googleapis.com/'
const RBAC = `${T}envoy.extensions.filters.http.rbac.v3.RBAC`
const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3'
const MATCHERS = 'envoy.extensions.matching.input_matchers'

const range = (prefix: string, length: number) => ({ address_prefix: prefix, prefix_len: length })
const exact = (text: string) => ({ exact: text })
const typed = (type: string, fields: object = {}) => ({
  name: 'x',
  typed_config: { '@type': `${T}${type}`, ...fields },
})
const onMetadata = (key: string, value: object, more: object = {}) => ({
  filter: 'test',
  path: [{ key }],
  value,
  ...more,
})
const HEADER = { header: { name: 'x', string_match: exact('1') } }
const ANY = { any: true }

/** What permissions and principals have in common. */
const SHARED: Readonly<Record<string, object>> = {
  header: HEADER,
  'header-invert': { header: { name: 'x', string_match: exact('1'), invert_match: true } },
  'header-present': { header: { name: 'x', present_match: true } },
  'url-path': { url_path: { path: { suffix: '/a' } } },
  metadata: { metadata: onMetadata('role', { string_match: exact('admin') }) },
  'metadata-invert': { metadata: onMetadata('role', { string_match: exact('admin') }, { invert: true }) },
  'metadata-missing': { metadata: onMetadata('none', { present_match: true }) },
  'metadata-list': { metadata: onMetadata('list', { list_match: { one_of: { string_match: exact('b') } } }) },
  'metadata-bool': { metadata: onMetadata('flag', { bool_match: true }) },
  'sourced-dynamic': {
    sourced_metadata: { metadata_matcher: onMetadata('role', { string_match: exact('admin') }) },
  },
  'sourced-route': {
    sourced_metadata: {
      metadata_matcher: onMetadata('on', { string_match: exact('route') }),
      metadata_source: 'ROUTE',
    },
  },
}

const PERMISSIONS: Readonly<Record<string, object>> = {
  ...SHARED,
  any: ANY,
  and: { and_rules: { rules: [HEADER, { url_path: { path: { suffix: '/a' } } }] } },
  or: { or_rules: { rules: [HEADER, { url_path: { path: { suffix: '/a' } } }] } },
  not: { not_rule: HEADER },
  'destination-ip': { destination_ip: range('127.0.0.0', 8) },
  'destination-ip-no': { destination_ip: range('10.0.0.0', 8) },
  'destination-port': { destination_port: 1 },
  'port-range': { destination_port_range: { start: 1, end: 65536 } },
  'port-range-no': { destination_port_range: { start: 1, end: 2 } },
  sni: { requested_server_name: exact('a') },
  'sni-empty': { requested_server_name: exact('') },
  'uri-template': {
    uri_template: typed('envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig', {
      path_template: '/permission/{kind}/{rest}',
    }),
  },
}

const PRINCIPALS: Readonly<Record<string, object>> = {
  ...SHARED,
  any: ANY,
  and: { and_ids: { ids: [HEADER, { remote_ip: range('127.0.0.0', 8) }] } },
  or: { or_ids: { ids: [HEADER, { remote_ip: range('10.0.0.0', 8) }] } },
  not: { not_id: HEADER },
  authenticated: { authenticated: {} },
  'authenticated-name': { authenticated: { principal_name: exact('a') } },
  'source-ip': { source_ip: range('127.0.0.0', 8) },
  'direct-remote-ip': { direct_remote_ip: range('127.0.0.0', 8) },
  'remote-ip': { remote_ip: range('10.0.0.0', 8) },
  'filter-state': { filter_state: { key: 'text', string_match: { prefix: 'state 1' } } },
  'filter-state-none': { filter_state: { key: 'none', string_match: { prefix: '' + 's' } } },
  'filter-state-ip': { filter_state: { key: 'ip', address_match: { ranges: [range('10.0.0.0', 8)] } } },
  'filter-state-not-ip': {
    filter_state: { key: 'ip', address_match: { ranges: [range('11.0.0.0', 8)], invert_match: true } },
  },
  'filter-state-text-ip': {
    filter_state: { key: 'text', address_match: { ranges: [range('11.0.0.0', 8)], invert_match: true } },
  },
}

const ident = (...names: readonly string[]): object =>
  names.length === 1
    ? { ident_expr: { name: names[0] } }
    : { select_expr: { operand: ident(...names.slice(0, -1)), field: names.at(-1) } }
const call = (name: string, ...args: readonly object[]) => ({ call_expr: { function: name, args } })
const method = (target: object, name: string, ...args: readonly object[]) => ({
  call_expr: { target, function: name, args },
})
const text = (value: string) => ({ const_expr: { string_value: value } })
const header = (name: string) => call('_[_]', ident('request', 'headers'), text(name))

const CONDITIONS: Readonly<Record<string, object>> = {
  method: call('_==_', ident('request', 'method'), text('GET')),
  header: call('_==_', header('x'), text('1')),
  'header-missing': call('_!=_', header('x'), text('1')),
  or: call('_||_', call('_==_', header('x'), text('1')), method(ident('request', 'path'), 'endsWith', text('/a'))),
  has: { select_expr: { operand: ident('request', 'headers'), field: 'x', test_only: true } },
  in: call('@in', text('x'), ident('request', 'headers')),
  matches: method(ident('request', 'url_path'), 'matches', text('^/condition/.*/a$')),
  metadata: call(
    '_==_',
    call('_[_]', call('_[_]', ident('metadata', 'filter_metadata'), text('test')), text('role')),
    text('admin'),
  ),
  source: method(ident('source', 'address'), 'startsWith', text('10.1.1.1:')),
  'filter-state': call('_==_', call('_[_]', ident('filter_state'), text('text')), {
    const_expr: { bytes_value: 'c3RhdGUgMQ==' },
  }),
  node: call('_==_', ident('xds', 'node', 'id'), text('n')),
  'not-bool': ident('request', 'path'),
  number: call('_>_', ident('destination', 'port'), { const_expr: { int64_value: '0' } }),
}

const act = (name: string, action = 'ALLOW') => ({ action: typed('envoy.config.rbac.v3.Action', { name, action }) })
const xInput = typed('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { header_name: 'x' })
const pathInput = typed('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { header_name: ':path' })
const when = (input: object, match: object, onMatch: object = act('list')) => ({
  predicate: { single_predicate: { input, ...match } },
  on_match: onMatch,
})
const tree = (input: object, rest: object) => ({ matcher_tree: { input, ...rest } })
const nested = { matcher: tree(xInput, { exact_match_map: { map: { '1': act('nested') } } }) }

const TREES: Readonly<Record<string, object>> = {
  exact: tree(xInput, {
    exact_match_map: { map: { '1': act('one'), '2': act('two', 'DENY'), '1,2': act('both', 'LOG') } },
  }),
  prefix: tree(pathInput, {
    prefix_match_map: { map: { '/tree': act('short'), '/tree/prefix/a': nested, '/tree/prefix/b': act('b', 'DENY') } },
  }),
  'no-match': { ...tree(xInput, { exact_match_map: { map: { '1': nested } } }), on_no_match: act('otherwise') },
  'exact-miss': {
    ...tree(pathInput, { exact_match_map: { map: { '/tree/exact-miss/a': nested } } }),
    on_no_match: act('o'),
  },
  list: {
    matcher_list: { matchers: [when(xInput, { value_match: { safe_regex: { google_re2: {}, regex: '[12]' } } })] },
  },
  empty: {},
  only: { on_no_match: act('always') },
  ip: tree(typed(`${NETWORK}.SourceIPInput`), {
    custom_match: typed('xds.type.matcher.v3.IPMatcher', {
      range_matchers: [
        { ranges: [range('10.0.0.0', 8)], on_match: act('ten') },
        { ranges: [range('127.0.0.0', 8)], on_match: act('loopback', 'DENY') },
      ],
    }),
  }),
  direct: tree(typed(`${NETWORK}.DirectSourceIPInput`), { exact_match_map: { map: { '127.0.0.1': act('direct') } } }),
  domain: tree(xInput, {
    custom_match: typed('xds.type.matcher.v3.ServerNameMatcher', {
      domain_matchers: [
        { domains: ['*.test'], on_match: act('wild') },
        { domains: ['a.test'], on_match: act('exact', 'LOG') },
      ],
    }),
  }),
  state: tree(typed(`${NETWORK}.FilterStateInput`, { key: 'text' }), {
    exact_match_map: { map: { 'state 1': act('s') } },
  }),
  metadata: {
    matcher_list: {
      matchers: [
        when(typed(`${NETWORK}.DynamicMetadataInput`, { filter: 'test', path: [{ key: 'role' }] }), {
          custom_match: typed(`${MATCHERS}.metadata.v3.Metadata`, { value: { string_match: exact('admin') } }),
        }),
      ],
    },
  },
  'metadata-text': {
    matcher_list: {
      matchers: [
        when(typed(`${NETWORK}.DynamicMetadataInput`, { filter: 'test', path: [{ key: 'role' }] }), {
          value_match: exact('admin'),
        }),
      ],
    },
  },
  cel: {
    matcher_list: {
      matchers: [
        when(typed('xds.type.matcher.v3.HttpAttributesCelMatchInput'), {
          custom_match: typed('xds.type.matcher.v3.CelMatcher', {
            expr_match: { cel_expr_parsed: { expr: call('_==_', header('x'), text('1')) } },
          }),
        }),
      ],
    },
  },
  hashing: {
    matcher_list: {
      matchers: [
        when(pathInput, {
          custom_match: typed(`${MATCHERS}.consistent_hashing.v3.ConsistentHashing`, {
            threshold: 50,
            modulo: 100,
            seed: 3,
          }),
        }),
      ],
    },
  },
  fraction: {
    matcher_list: {
      matchers: [
        when(pathInput, {
          custom_match: typed(`${MATCHERS}.runtime_fraction.v3.RuntimeFraction`, {
            runtime_fraction: { runtime_key: 'k', default_value: { numerator: 50 } },
            seed: 9,
          }),
        }),
      ],
    },
  },
  'ip-matcher': {
    matcher_list: {
      matchers: [
        when(xInput, {
          custom_match: typed(`${MATCHERS}.ip.v3.Ip`, { cidr_ranges: [range('10.0.0.0', 8)], stat_prefix: 'ips' }),
        }),
      ],
    },
  },
  and: {
    matcher_list: {
      matchers: [
        {
          predicate: {
            and_matcher: {
              predicate: [
                { single_predicate: { input: xInput, value_match: exact('1') } },
                { not_matcher: { single_predicate: { input: pathInput, value_match: { suffix: '/b' } } } },
              ],
            },
          },
          on_match: act('and'),
        },
      ],
    },
  },
}

const SHADOW = { action: 'DENY', policies: { shadow: { permissions: [HEADER], principals: [ANY] } } }

const policies = (permission: object, principal: object, more: object = {}) => ({
  rules: { policies: { 'the policy': { permissions: [permission], principals: [principal], ...more } } },
})

function route(path: string, rbac: object): object {
  return {
    match: { prefix: path },
    direct_response: { status: 200 },
    metadata: { filter_metadata: { test: { on: 'route' } } },
    typed_per_filter_config: { rbac: { '@type': `${RBAC}PerRoute`, rbac } },
  }
}

const KINDS: readonly (readonly [path: string, rbac: object])[] = [
  ...Object.entries(PERMISSIONS).map(([name, rule]) => [`/permission/${name}`, policies(rule, ANY)] as const),
  ...Object.entries(PRINCIPALS).map(([name, rule]) => [`/principal/${name}`, policies(ANY, rule)] as const),
  ...Object.entries(CONDITIONS).map(
    ([name, condition]) => [`/condition/${name}`, policies(ANY, ANY, { condition })] as const,
  ),
  ...Object.entries(TREES).map(([name, matcher]) => [`/tree/${name}`, { matcher }] as const),
  ['/shadow', { shadow_rules: SHADOW }],
  ['/shadow-matcher', { shadow_matcher: TREES['exact'], track_per_rule_stats: true }],
  ['/counted', { ...policies(HEADER, ANY), track_per_rule_stats: true, rules_stat_prefix: 'own.' }],
  ['/deny', { rules: { action: 'DENY', policies: policies(HEADER, ANY).rules.policies } }],
  ['/log', { rules: { action: 'LOG', policies: policies(HEADER, ANY).rules.policies } }],
]

const VARIANTS: readonly (readonly [path: string, ...headers: readonly string[]])[] = [
  ['/a'],
  ['/a?q', 'x: 1'],
  ['/b', 'x: 2', 'x-forwarded-for: 10.1.1.1'],
  ['/b/c', 'x: 1', 'x: 2'],
  ['/d', 'x: 10.2.3.4'],
  ['/e', 'x: a.test'],
  ['/f', 'x: b.test'],
]

const state = (key: string, factory: string, format: string) => ({
  object_key: key,
  factory_key: factory,
  format_string: { text_format_source: { inline_string: format } },
})

const LOG =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% ' +
  '%DYNAMIC_METADATA(envoy.filters.http.rbac)% %DYNAMIC_METADATA(envoy.common)%'

differential('RBAC: every kind of rule', {
  bootstrap: () => ({
    node: { id: 'n', cluster: 'c' },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [...KINDS].sort(([a], [b]) => b.length - a.length).map(([path, rbac]) => route(path, rbac)),
          extra: {
            access_log: [fileLog('access.log', textFormat(LOG))],
            http_filters: [
              typedFilter('metadata', 'envoy.extensions.filters.http.set_metadata.v3.Config', {
                metadata: [
                  { metadata_namespace: 'test', value: { role: 'admin', list: ['a', 'b'], flag: true } },
                  { metadata_namespace: 'test', value: { role: 'other' } },
                ],
              }),
              typedFilter('state', 'envoy.extensions.filters.http.set_filter_state.v3.Config', {
                on_request_headers: [
                  state('text', 'envoy.string', 'state %REQ(x)%'),
                  state('ip', 'envoy.network.ip', '10.9.8.7'),
                ],
              }),
              typedFilter('rbac', 'envoy.extensions.filters.http.rbac.v3.RBAC', {
                shadow_rules: SHADOW,
                shadow_rules_stat_prefix: 'sp',
                rules_stat_prefix: 'rp',
                track_per_rule_stats: true,
              }),
              typedFilter('router', 'envoy.extensions.filters.http.router.v3.Router', {}),
            ],
          },
        }),
      ],
    },
  }),
  stats: /rbac|set_metadata|ip_parsing/,
  traffic: async (side) => {
    for (const [path] of KINDS) {
      for (const [rest, ...headers] of VARIANTS) {
        await side.request(`${path}${rest}`, 'front', `GET ${path}${rest}`, ...headers)
      }
    }
    await side.noteLog('access.log', KINDS.length * VARIANTS.length)
  },
})

const UPSTREAMS: Readonly<Record<string, object>> = {
  ip: { upstream_ip: range('127.0.0.0', 8) },
  'ip-no': { upstream_ip: range('10.0.0.0', 8) },
  port: { upstream_port_range: { start: '1', end: '65535' } },
  'port-no': { upstream_port_range: { start: '1', end: '2' } },
  both: { upstream_ip: range('127.0.0.1', 32), upstream_port_range: { start: '1024', end: '65535' } },
  'both-no': { upstream_ip: range('127.0.0.1', 32), upstream_port_range: { start: '1', end: '2' } },
  empty: { upstream_port_range: {} },
}

const CACHE = { dns_cache_config: { name: 'cache', dns_lookup_family: 'V4_ONLY' } }

differential('RBAC: where a forward proxy is going', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          virtualHost: {
            typed_per_filter_config: {
              forward: {
                '@type': `${T}envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig`,
                host_rewrite_literal: `127.0.0.1:${port('app')}`,
              },
            },
          },
          routes: Object.entries(UPSTREAMS).map(([name, fields]) => ({
            ...route(`/${name}`, {
              rules: {
                policies: {
                  p: {
                    permissions: [
                      {
                        matcher: typed(
                          'envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher',
                          fields,
                        ),
                      },
                    ],
                    principals: [ANY],
                  },
                },
              },
            }),
            match: { path: `/${name}` },
            direct_response: undefined,
            route: { cluster: 'forward' },
          })),
          extra: {
            access_log: [fileLog('access.log', textFormat(LOG))],
            http_filters: [
              typedFilter('forward', 'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig', {
                ...CACHE,
                save_upstream_address: true,
              }),
              typedFilter('rbac', 'envoy.extensions.filters.http.rbac.v3.RBAC', {}),
              typedFilter('router', 'envoy.extensions.filters.http.router.v3.Router', {}),
            ],
          },
        }),
      ],
      clusters: [
        {
          name: 'forward',
          connect_timeout: '1s',
          lb_policy: 'CLUSTER_PROVIDED',
          cluster_type: {
            name: 'envoy.clusters.dynamic_forward_proxy',
            typed_config: {
              '@type': `${T}envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig`,
              ...CACHE,
            },
          },
        },
      ],
    },
  }),
  traffic: async (side) => {
    for (const name of Object.keys(UPSTREAMS)) {
      await side.request(name, 'front', `GET /${name}`)
    }
    await side.noteLog('access.log', Object.keys(UPSTREAMS).length)
  },
})

function typedFilter(name: string, type: string, fields: object): object {
  return { name, typed_config: { '@type': `${T}${type}`, ...fields } }
}
