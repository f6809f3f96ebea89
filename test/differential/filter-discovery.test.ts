/* Configurations of filters that come from files (ECDS): of every kind of list, with and without a default. */
import { mkdirSync } from 'node:fs'
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { eventually, fileSource, NODE, writeResources } from '../support/dynamic-files.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const T = 'type.googleapis.com/'
const HEADERS = `${T}envoy.extensions.filters.http.header_mutation.v3.HeaderMutation`
const BUFFER = `${T}envoy.extensions.filters.http.buffer.v3.Buffer`
const ROUTER = `${T}envoy.extensions.filters.http.router.v3.Router`
const RBAC = `${T}envoy.extensions.filters.network.rbac.v3.RBAC`
const LIMIT = `${T}envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit`
const CODEC = `${T}envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec`
const OPTIONS = `${T}envoy.extensions.upstreams.http.v3.HttpProtocolOptions`

const mutation = (value: string) => ({ append: { header: { key: 'x-from', value } } })
const response = (value: string) => ({ '@type': HEADERS, mutations: { response_mutations: [mutation(value)] } })
const request = (value: string) => ({ '@type': HEADERS, mutations: { request_mutations: [mutation(value)] } })
const rbac = (prefix: string, action = 'ALLOW') => ({
  '@type': RBAC,
  stat_prefix: prefix,
  rules: { action, policies: { all: { permissions: [{ any: true }], principals: [{ any: true }] } } },
})
const limit = (prefix: string, tokens: number) => ({
  '@type': LIMIT,
  stat_prefix: prefix,
  token_bucket: { max_tokens: tokens, fill_interval: '1000s' },
})

const discovered = (name: string, types: readonly string[], more: object = {}) => ({
  name,
  config_discovery: { config_source: fileSource(`${name}.json`), type_urls: types, ...more },
})
const router = { name: 'envoy.filters.http.router', typed_config: { '@type': ROUTER } }
const log = (file: string) => fileLog(file, textFormat('%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%'))

const write = (folder: string, name: string, version: string, ...configs: readonly object[]): void =>
  writeResources(
    folder,
    `${name}.json`,
    'filter',
    configs.map((typed_config) => ({ name, typed_config })),
    version,
  )

/** Moves the file in, waits until it was read, and notes the counters. */
async function update(side: Side, kind: string, name: string, version: string, ...configs: readonly object[]) {
  const stat = `extension_config_discovery.${kind}.${name}.update_attempt`
  const attempts = (await side.proxy.stat(stat)) ?? 0
  write(side.proxy.folder, name, version, ...configs)
  await eventually(`${name} ${version}`, async () => ((await side.proxy.stat(stat)) ?? 0) > attempts)
  await Bun.sleep(150)
}

const STATS = /extension_config|rbac|local_ratelimit|rate_limited/
const VOLATILE = /update_time|\.version$|update_duration/
const dump = (side: Side, query = '') =>
  side.noteAdmin(`/config_dump?resource=ecds_filters${query}`, (text) => {
    const { configs = [] } = JSON.parse(text) as { configs?: { ecds_filter: { name: string } }[] }
    return configs.toSorted((one, other) => (one.ecds_filter.name < other.ecds_filter.name ? -1 : 1))
  })

const httpFilters = (...filters: readonly object[]) => ({ http_filters: filters, access_log: [log('access.log')] })
const listener = (name: string, ...filters: readonly object[]) =>
  httpListener(name, { statPrefix: name, routes: [direct('/', 'ok')], extra: httpFilters(...filters) })

const off = { typed_per_filter_config: { none: { '@type': `${T}envoy.config.route.v3.FilterConfig`, disabled: true } } }

differential('http filters from files', {
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    write(folder, 'some', '1', response('one'))
    write(folder, 'end', '1', { '@type': ROUTER })
    write(folder, 'none', '1')
    write(folder, 'both', '1', response('one'))
  },
  bootstrap: () => ({
    node: NODE,
    static_resources: {
      listeners: [
        listener('some', discovered('some', [HEADERS, BUFFER, ROUTER]), router),
        listener('none', discovered('none', [HEADERS]), discovered('some', [HEADERS, BUFFER]), router),
        listener('default', discovered('none', [HEADERS], { default_config: response('default') }), router),
        listener(
          'at-once',
          discovered('none', [HEADERS], {
            default_config: response('at once'),
            apply_default_config_without_warming: true,
          }),
          router,
        ),
        listener('end', discovered('end', [ROUTER])),
        listener('off', { ...discovered('none', [HEADERS]), disabled: true }, router),
        httpListener('routed-off', {
          routes: [{ ...direct('/off', 'off'), ...off }, direct('/', 'on')],
          extra: httpFilters(discovered('none', [HEADERS]), router),
        }),
        listener('both', discovered('both', [HEADERS]), router),
        listener('too', discovered('both', [BUFFER]), router),
      ],
    },
  }),
  traffic: async (side) => {
    const names = ['some', 'none', 'default', 'at-once', 'end', 'off', 'both', 'too']
    const ask = async (when: string) => {
      for (const name of names) await side.request(`${name} ${when}`, name, 'GET /')
      await side.request(`routed on ${when}`, 'routed-off', 'GET /')
      await side.request(`routed off ${when}`, 'routed-off', 'GET /off')
    }
    await ask('first')
    using client = await side.connect('some')
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await client.until('ok')
    await update(side, 'http_filter', 'some', '2', response('two'))
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await client.until('x-from: two')
    await update(side, 'http_filter', 'some', '3', response('two'))
    await update(side, 'http_filter', 'some', '4', { '@type': ROUTER })
    await update(side, 'http_filter', 'some', '5', response('a'), response('b'))
    await update(side, 'http_filter', 'none', '2', response('came'))
    await update(side, 'http_filter', 'end', '2', response('not a router'))
    await ask('then')
    await update(side, 'http_filter', 'some', '6', { '@type': BUFFER, max_request_bytes: 3 })
    await side.request('buffered', 'some', 'POST /', 'content-length: 0')
    await update(side, 'http_filter', 'some', '7', { '@type': BUFFER })
    await dump(side)
    await dump(side, '&name_regex=so.*')
    await side.noteLog('access.log', 21)
    const { configs } = JSON.parse(await side.proxy.admin('/config_dump')) as { configs: { '@type': string }[] }
    side.note(
      'sections',
      configs.map((config) => config['@type']),
    )
  },
  stats: STATS,
  volatile: VOLATILE,
})

const COMPOSITE = 'envoy.extensions.filters.http.composite.v3'
const HEADER_INPUT = `${T}envoy.type.matcher.v3.HttpRequestHeaderMatchInput`

/** Runs the filter of the name for requests that want it. */
const composite = (name: string, more: object = {}) => ({
  name: 'composite',
  typed_config: {
    '@type': `${T}envoy.extensions.common.matching.v3.ExtensionWithMatcher`,
    extension_config: { name: 'inner', typed_config: { '@type': `${T}${COMPOSITE}.Composite` } },
    xds_matcher: {
      matcher_tree: {
        input: { name: 'i', typed_config: { '@type': HEADER_INPUT, header_name: 'x-want' } },
        exact_match_map: {
          map: {
            it: {
              action: {
                name: 'a',
                typed_config: {
                  '@type': `${T}${COMPOSITE}.ExecuteFilterAction`,
                  dynamic_config: discovered(name, [HEADERS], more),
                },
              },
            },
          },
        },
      },
    },
  },
})

differential('filters inside of a composite one from files', {
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    write(folder, 'some', '1', response('one'))
    write(folder, 'none', '1')
  },
  bootstrap: () => ({
    node: NODE,
    static_resources: {
      listeners: [
        listener('some', composite('some'), router),
        listener('none', composite('none', { apply_default_config_without_warming: true }), router),
        listener('default', composite('none', { default_config: response('default') }), router),
      ],
    },
  }),
  traffic: async (side) => {
    const ask = async (when: string) => {
      for (const name of ['some', 'none', 'default']) {
        await side.request(`${name} ${when}`, name, 'GET /', 'x-want: it')
        await side.request(`${name} not ${when}`, name, 'GET /')
      }
    }
    await ask('first')
    await update(side, 'http_filter', 'some', '2', response('two'))
    await update(side, 'http_filter', 'some', '3', { '@type': BUFFER, max_request_bytes: 3 })
    await ask('then')
    await side.noteLog('access.log', 12)
  },
  stats: /extension_config|composite/,
  volatile: VOLATILE,
})

const tcpListener = (name: string, filters: readonly object[], more: object = {}) => {
  const made = listener(name, router) as { filter_chains: { filters: object[] }[] }
  made.filter_chains[0]!.filters.unshift(...filters)
  return { ...made, ...more, access_log: [fileLog('ends.log', textFormat('%DOWNSTREAM_LOCAL_CLOSE_REASON%'))] }
}

differential('network filters and listener filters from files', {
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    write(folder, 'net', '1', rbac('one'))
    write(folder, 'limit', '1', limit('one', 1))
    write(folder, 'none', '1')
  },
  bootstrap: () => ({
    node: NODE,
    static_resources: {
      listeners: [
        tcpListener('net', [discovered('net', [RBAC])]),
        tcpListener('net-none', [discovered('none', [RBAC])]),
        tcpListener('net-default', [discovered('none', [RBAC], { default_config: rbac('default') })]),
        tcpListener('limited', [], { listener_filters: [discovered('limit', [LIMIT])] }),
        tcpListener('limit-none', [], {
          listener_filters: [{ ...discovered('none', [LIMIT]), filter_disabled: { any_match: true } }],
        }),
        tcpListener('limit-default', [], {
          listener_filters: [discovered('none', [LIMIT], { default_config: limit('default', 2) })],
        }),
      ],
    },
  }),
  traffic: async (side) => {
    const ask = async (when: string, ...names: readonly string[]) => {
      for (const name of names) {
        const replies = await side.exchange(name, 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', true)
        side.note(`${name} ${when}`, replies)
      }
    }
    await ask('first', 'net', 'net-none', 'net-default', 'limited', 'limit-none', 'limit-default')
    await ask('again', 'limited')
    using kept = await side.connect('net')
    kept.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await kept.until('ok')
    await update(side, 'network_filter', 'net', '2', rbac('two', 'DENY'))
    await update(side, 'tcp_listener_filter', 'limit', '2', limit('two', 1))
    kept.write('GET /kept HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    await kept.closed()
    await ask('then', 'net', 'limited')
    await update(side, 'network_filter', 'none', '2', rbac('none'))
    await ask('at last', 'net-none', 'net-default')
    await dump(side)
  },
  stats: new RegExp(`${STATS.source}|config_missing|downstream_cx_total|pre_cx`),
  volatile: VOLATILE,
})

const upstream = (filter: object) => ({
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': OPTIONS,
      explicit_http_config: { http_protocol_options: {} },
      http_filters: [filter, { name: 'codec', typed_config: { '@type': CODEC } }],
    },
  },
})

differential('filters in front of upstreams from files', {
  backends: ['app'],
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    for (const name of ['some', 'routed']) write(folder, name, '1', request('one'))
    write(folder, 'none', '1')
  },
  bootstrap: (port) => ({
    node: NODE,
    static_resources: {
      listeners: [
        httpListener('clusters', {
          routes: ['none', 'default', 'some'].map((name) => routeTo(name, `/${name}`)),
          extra: { access_log: [log('access.log')] },
        }),
        httpListener('router', {
          routes: [routeTo('plain')],
          router: {
            upstream_http_filters: [
              discovered('routed', [HEADERS]),
              { name: 'codec', typed_config: { '@type': CODEC } },
            ],
          },
        }),
      ],
      clusters: [
        staticCluster('plain', [port('app')]),
        staticCluster('some', [port('app')], upstream(discovered('some', [HEADERS]))),
        staticCluster('none', [port('app')], upstream(discovered('none', [HEADERS]))),
        staticCluster(
          'default',
          [port('app')],
          upstream(discovered('none', [HEADERS], { default_config: request('default') })),
        ),
      ],
    },
  }),
  traffic: async (side) => {
    const ask = async (when: string) => {
      for (const name of ['none', 'default', 'some']) await side.request(`${name} ${when}`, 'clusters', `GET /${name}`)
      await side.request(`router ${when}`, 'router', 'GET /router')
    }
    await ask('first')
    for (const name of ['none', 'some', 'routed']) await update(side, 'upstream_http_filter', name, '2', request('two'))
    await ask('then')
    side.noteSeen('app')
    await dump(side)
    await side.noteLog('access.log', 6)
  },
  stats: STATS,
  volatile: VOLATILE,
})
