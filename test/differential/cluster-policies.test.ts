/* What a cluster's HttpProtocolOptions say of requests, beside and against what their routes say. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { filterEntry } from './support/filter-case.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const INTERNAL = 'x-forwarded-for: 127.0.0.1'
const INTERNAL_ADDRESSES = { cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] }

function policies(more: object): object {
  const options = { '@type': `type.googleapis.com/${OPTIONS}`, explicit_http_config: { http_protocol_options: {} } }
  return { typed_extension_protocol_options: { [OPTIONS]: { ...options, ...more } } }
}

function retries(numRetries: number, more: object = {}): object {
  const backOff = { base_interval: '0.001s', max_interval: '0.002s' }
  return { retry_policy: { retry_on: '5xx', num_retries: numRetries, retry_back_off: backOff, ...more } }
}

differential('policies of a cluster: retries and copies', {
  backends: ['app', 'one', 'two', 'three'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            routeTo('app', '/route', { ...retries(1), request_mirror_policies: [{ cluster: 'one' }] }),
            ...[0, 3].map((limit) => ({
              ...routeTo('app', `/keeps-${limit}`, { request_mirror_policies: [{ cluster: 'one' }] }),
              request_body_buffer_limit: limit,
            })),
            routeTo('slow', '/own-try', retries(4, { per_try_timeout: '0.1s' })),
            routeTo('slow', '/no-try'),
            routeTo('none', '/none', { ...retries(2), request_mirror_policies: [{ cluster: 'one' }] }),
            routeTo('app', '/plain'),
          ],
          virtualHost: { include_request_attempt_count: true, include_attempt_count_in_response: true },
          extra: {
            access_log: [fileLog('access.log', textFormat(OUTCOME))],
            internal_address_config: INTERNAL_ADDRESSES,
          },
        }),
      ],
      clusters: [
        staticCluster('app', [port('app')], policies({ ...retries(2), request_mirror_policies: [{ cluster: 'two' }] })),
        staticCluster('slow', [port('app')], policies(retries(1, { per_try_timeout: '0.3s' }))),
        staticCluster('none', [port('app')], policies({ retry_policy: {} })),
        // Copies are tried anew with a body, be it of no bytes.
        staticCluster('one', [port('one')], policies(retries(1))),
        // A copy is a request like any other.
        staticCluster('two', [port('two')], policies({ request_mirror_policies: [{ cluster_header: 'x-third' }] })),
        staticCluster('three', [port('three')]),
      ],
    },
  }),
  stats: /^cluster\.(?:app|one|slow|none)\.(?:upstream_rq_(?:retry.*|total|timeout|per_try.*|\dxx)|retry.*)$/,
  traffic: async (side) => {
    const slowly = 'x-do: status=503;delay=60'
    await side.request('route and cluster', 'front', 'GET /route', 'x-third: three', slowly)
    const chunked = `POST /route HTTP/1.1\r\nhost: a.test\r\n${slowly}\r\ntransfer-encoding: chunked\r\n\r\n`
    for (const path of ['/keeps-0', '/keeps-3'])
      for (const body of ['abc', 'abcd']) {
        const head = `POST ${path} HTTP/1.1\r\nhost: a.test\r\n${slowly}\r\ncontent-length: ${body.length}\r\n\r\n`
        await side.send(`${path} ${body}`, 'front', head + body)
        await Bun.sleep(150) // the copy may be tried anew
      }
    await side.send('body', 'front', `${chunked}3\r\nabc\r\n0\r\n\r\n`)
    await side.send('empty body', 'front', `${chunked}0\r\n\r\n`)
    await side.request('cluster', 'front', 'GET /plain', slowly)
    await side.request('an empty one', 'front', 'GET /none', slowly)
    await side.request('fewer by header', 'front', 'GET /plain', slowly, INTERNAL, 'x-envoy-max-retries: 0')
    const conflict = 'x-do: status=409;delay=60'
    await side.request('more by header', 'front', 'GET /plain', conflict, INTERNAL, 'x-envoy-retry-on: retriable-4xx')
    await side.request('timeout of the route', 'front', 'GET /own-try', 'x-do: delay=200')
    await side.request('none of the cluster', 'front', 'GET /no-try', 'x-do: delay=500')
    for (const backend of ['app', 'one', 'two', 'three']) side.noteSeen(backend)
    await side.noteLog('access.log', 13)
  },
})

const headers = (...all: readonly object[]) => ({ http_response_headers_match: { headers: all } })
const present = (name: string) => ({ name, present_match: true })
const status = (exact: string) => ({ name: ':status', string_match: { exact } })

const MATCHERS: Readonly<Record<string, object>> = {
  header: headers(present('x-bad')),
  status: headers(status('404')),
  not: { not_match: headers(present('x-good')) },
  either: { or_match: { rules: [headers(status('404')), headers(present('x-bad'))] } },
  both: { and_match: { rules: [headers(status('404')), headers(present('x-bad'))] } },
  any: { any_match: true },
  request: { http_request_headers_match: { headers: [present('x-do')] } },
  'not-request': { not_match: { http_request_headers_match: { headers: [present('x-do')] } } },
  grpc: { any_match: true },
  reset: { http_response_trailers_match: { headers: [present('x-t')] } },
  trailers: { http_response_trailers_match: { headers: [present('x-t')] } },
  body: { http_response_generic_body_match: { patterns: [{ string_match: 'app' }] } },
}
const OUTLIERS = {
  outlier_detection: {
    consecutive_5xx: 2,
    consecutive_gateway_failure: 2,
    enforcing_consecutive_gateway_failure: 100,
    interval: '100s',
    base_ejection_time: '100s',
    max_ejection_percent: 100,
  },
  common_lb_config: { healthy_panic_threshold: { value: 0 } },
}

/** Nothing else matches in the head of a response. */
differential('policies of a cluster: what outlier detection takes for a failure', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', { routes: Object.keys(MATCHERS).map((name) => routeTo(name, `/${name}/`)) })],
      clusters: Object.entries(MATCHERS).map(([name, matcher]) =>
        staticCluster(name, [port('app')], {
          ...OUTLIERS,
          ...policies({ outlier_detection: { error_matcher: matcher } }),
        }),
      ),
    },
  }),
  stats: /^cluster\..*\.outlier_detection\.ejections_(?:enforced|detected).*$/,
  traffic: async (side) => {
    const grpc = 'content-type: application/grpc'
    const ask = async (name: string, order: string, ...more: readonly string[]) => {
      for (let i = 0; i < 3; i++) {
        await side.request(`${name} ${order} ${i}`, 'front', `GET /${name}/`, `x-do: ${order}`, ...more)
        if (i === 1) await Bun.sleep(90) // an ejection takes its way over the main thread
      }
    }
    for (const name of Object.keys(MATCHERS).filter((each) => !/^(?:grpc|reset|trailers)$/.test(each))) {
      const orders = [
        'header=x-good: 1',
        'status=503;header=x-good: 1',
        'status=404;header=x-good: 1',
        'header=x-bad: 1',
      ]
      for (const order of [...orders, 'status=404;header=x-bad: 1']) {
        await ask(name, order)
      }
    }
    await ask('grpc', 'header=grpc-status: 0', grpc)
    await ask('trailers', 'header=grpc-status: 14', grpc)
    await ask('reset', 'reset')
  },
})

const CODEC = filterEntry('upstream_codec', 'upstream_codec.v3.UpstreamCodec')

function adds(value: string, name = 'header_mutation'): object {
  const mutations = { request_mutations: [{ append: { header: { key: 'x-who', value } } }] }
  return filterEntry(name, 'header_mutation.v3.HeaderMutation', { mutations })
}

const DENY = filterEntry('rbac', 'rbac.v3.RBAC', {
  rules: {
    action: 'DENY',
    policies: { p: { permissions: [{ header: present('x-deny') }], principals: [{ any: true }] } },
  },
})
const COMPRESS = filterEntry('compressor', 'compressor.v3.Compressor', {
  request_direction_config: { common_config: { enabled: { default_value: true, runtime_key: 'x' } } },
  compressor_library: {
    name: 'gz',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip' },
  },
})
const CONDITIONAL = {
  name: 'm',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.common.matching.v3.ExtensionWithMatcher',
    extension_config: adds('skippable'),
    xds_matcher: {
      matcher_list: {
        matchers: [
          {
            predicate: {
              single_predicate: {
                input: {
                  name: 'i',
                  typed_config: {
                    '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
                    header_name: 'x-skip',
                  },
                },
                value_match: { exact: 'y' },
              },
            },
            on_match: {
              action: {
                name: 's',
                typed_config: {
                  '@type': 'type.googleapis.com/envoy.extensions.filters.common.matcher.action.v3.SkipFilter',
                },
              },
            },
          },
        ],
      },
    },
  },
}

const CHAINS: Readonly<Record<string, readonly object[]>> = {
  rbac: [DENY],
  compressor: [COMPRESS],
  admission: [
    filterEntry('admission_control', 'admission_control.v3.AdmissionControl', {
      success_criteria: { http_criteria: { http_success_status: [{ start: 200, end: 600 }] } },
    }),
  ],
  buffer: [filterEntry('buffer', 'buffer.v3.Buffer', { max_request_bytes: 100 })],
  matched: [CONDITIONAL],
  order: [adds('one'), adds('two')],
  off: [{ ...adds('off', 'off'), disabled: true }, adds('on')],
  codec: [],
}

function post(path: string, length: number, ...more: readonly string[]): string {
  const head = [`POST ${path} HTTP/1.1`, 'host: a.test', ...more, `content-length: ${length}`]
  return `${head.join('\r\n')}\r\n\r\n${'x'.repeat(length)}`
}

differential('policies of a cluster: filters in front of its hosts', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            {
              ...routeTo('order', '/route-off/'),
              ...perFilterConfig('envoy.filters.http.header_mutation', { disabled: true }),
            },
            { ...routeTo('off', '/route-on/'), ...perFilterConfig('envoy.filters.http.off', { config: {} }) },
            ...[...Object.keys(CHAINS), 'dead', 'none'].map((name) => routeTo(name, `/${name}/`, retries(1))),
          ],
          router: { upstream_http_filters: [adds('router'), CODEC] },
          extra: { access_log: [fileLog('access.log', textFormat(OUTCOME))] },
        }),
      ],
      clusters: [
        ...Object.entries(CHAINS).map(([name, filters]) =>
          staticCluster(name, [port('app')], policies({ http_filters: [...filters, CODEC] })),
        ),
        staticCluster('dead', [1], policies({ http_filters: [DENY, CODEC] })),
        staticCluster('none', [port('app')]),
      ],
    },
  }),
  stats:
    /rbac\.|compressor|admission|^cluster\.(?:rbac|buffer|dead)\.(?:upstream_rq_(?!time$).*|upstream_cx_(?:total|connect_fail|destroy.*)|retry\..*)$/,
  volatile: /rx_bytes_buffered/,
  traffic: async (side) => {
    let lines = 0
    const ask = async (name: string, path: string, ...more: readonly string[]) => {
      lines++
      await side.request(name, 'front', `GET ${path}`, ...more)
    }
    const send = async (name: string, bytes: string) => {
      lines++
      await side.send(name, 'front', bytes)
    }
    await ask('denied before there is a connection', '/rbac/', 'x-deny: 1')
    await ask('allowed', '/rbac/')
    await ask('denied', '/rbac/', 'x-deny: 1')
    await send('denied with a body', post('/rbac/', 5, 'x-deny: 1'))
    await ask('retried', '/rbac/a', 'x-do: fail=1')
    await ask('no such host', '/dead/')
    await ask('denied where there is no such host', '/dead/', 'x-deny: 1')
    await send('compressed', post('/compressor/', 100))
    await ask('response compressed', '/compressor/', 'accept-encoding: gzip', `x-do: body=${'y'.repeat(60)}`)
    await ask('admitted', '/admission/')
    await send('buffered', post('/buffer/', 90))
    await send('buffered again', post('/buffer/f', 90, 'x-do: fail=1'))
    await send('too long', post('/buffer/', 200))
    await send(
      'in chunks',
      'POST /buffer/ HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    )
    await ask('matched', '/matched/')
    await ask('skipped', '/matched/', 'x-skip: y')
    for (const path of ['order', 'off', 'codec', 'none', 'route-off', 'route-on']) await ask(path, `/${path}/`)
    lines++
    await noteSlowly(side)
    side.noteSeen('app')
    await side.noteLog('access.log', lines)
  },
})

/** The body comes a while after the head, which waits for it. */
async function noteSlowly(side: Side): Promise<void> {
  using client = await side.connect('front')
  client.write('POST /buffer/ HTTP/1.1\r\nhost: a.test\r\ncontent-length: 10\r\n\r\n')
  await Bun.sleep(100)
  side.note('nothing yet', side.seenBy('app').length)
  client.write('0123456789')
  await client.until(/200 OK/)
}

function perFilterConfig(name: string, config: object): object {
  const typed = { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', ...config }
  return { typed_per_filter_config: { [name]: typed } }
}

const hashedByName = (port: (backend: string) => number) => (name: string) => ({
  endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port(name) } } },
  metadata: { filter_metadata: { 'envoy.lb': { hash_key: name } } },
})

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

differential('policies of a cluster: hashing', {
  backends: ['app', 'other'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [routeTo('ring', '/', { hash_policy: [{ header: { header_name: 'x-route' } }] })],
        }),
      ],
      clusters: [
        {
          ...staticCluster('ring', [], policies({ hash_policy: [{ header: { header_name: 'x-cluster' } }] })),
          lb_policy: 'RING_HASH',
          load_assignment: {
            cluster_name: 'ring',
            endpoints: [{ lb_endpoints: ['app', 'other'].map(hashedByName(port)) }],
          },
        },
      ],
    },
  }),
  traffic: async (side) => {
    for (const key of KEYS) await side.request(key, 'front', 'GET /', `x-cluster: ${key}`, 'x-route: same')
  },
})
