/* Bootstraps of the kind that people start with, each started as it is and asked what its author would ask. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog } from '../support/file-log.ts'
import { dnsCluster, routes, virtualHost } from './support/pieces.ts'

const STATS = /^(?:http\.\w+\.downstream_rq|cluster\.\w+\.upstream_rq|listener_manager|cluster_manager)/
const NOT_ADMIN = /\.admin\./

differential('front proxy: two services by prefix, one by host, health of its own, prefix rewrites', {
  backends: ['service1', 'service2', 'web'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          statPrefix: 'ingress_http',
          extra: {
            codec_type: 'AUTO',
            ...routes([
              virtualHost('web', ['www.example.com', '*.web.example.com'], [routeTo('web')]),
              virtualHost(
                'backend',
                ['*'],
                [
                  direct('/healthz', 'ok\n'),
                  routeTo('service1', '/service/1', { prefix_rewrite: '/one', timeout: '2s' }),
                  routeTo('service2', '/service/2', {
                    regex_rewrite: { pattern: { regex: '^/service/2' }, substitution: '' },
                  }),
                  { match: { path: '/exact' }, route: { cluster: 'service1' } },
                  { match: { safe_regex: { regex: '/[a-z]+/[0-9]+' } }, route: { cluster: 'service2' } },
                  { match: { path_separated_prefix: '/sep' }, route: { cluster: 'web' } },
                ],
              ),
            ]),
          },
        }),
      ],
      clusters: [
        dnsCluster('service1', 'STRICT_DNS', 'localhost', port('service1'), { dns_lookup_family: 'V4_ONLY' }),
        dnsCluster('service2', 'STRICT_DNS', '127.0.0.1', port('service2')),
        staticCluster('web', [port('web')]),
      ],
    },
  }),
  stats: STATS,
  volatile: NOT_ADMIN,
  traffic: async (side) => {
    for (const path of [
      '/healthz',
      '/service/1',
      '/service/1/a?b',
      '/service/2/x',
      '/exact',
      '/exact/',
      '/abc/12',
      '/abc/x',
      '/sep/a',
      '/separate',
      '/',
    ]) {
      await side.request(path, 'front', `GET ${path}`)
    }
    for (const host of [
      'www.example.com',
      'WWW.EXAMPLE.COM',
      'a.web.example.com',
      'web.example.com',
      'www.example.com:80',
    ]) {
      await side.request(host, 'front', 'GET /', `host: ${host}`)
    }
    for (const name of ['service1', 'service2', 'web']) side.noteSeen(name)
  },
})

differential('redirect to https, and of paths, hosts, codes and schemes', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('http', {
          extra: routes([
            virtualHost('strict', ['secure.example.com'], [direct('/', 'never')], { require_tls: 'ALL' }),
            virtualHost(
              'redirects',
              ['*'],
              [
                { match: { prefix: '/https' }, redirect: { https_redirect: true } },
                { match: { prefix: '/port' }, redirect: { https_redirect: true, port_redirect: 8443 } },
                {
                  match: { prefix: '/host' },
                  redirect: { host_redirect: 'other.example.com', response_code: 'FOUND' },
                },
                {
                  match: { prefix: '/path' },
                  redirect: { path_redirect: '/new?c=d', response_code: 'PERMANENT_REDIRECT' },
                },
                { match: { prefix: '/prefix/' }, redirect: { prefix_rewrite: '/p/', strip_query: true } },
                {
                  match: { prefix: '/regex' },
                  redirect: {
                    regex_rewrite: { pattern: { regex: '/regex/(.*)' }, substitution: '/r/\\1' },
                    response_code: 'SEE_OTHER',
                  },
                },
                { match: { prefix: '/scheme' }, redirect: { scheme_redirect: 'ftp' } },
              ],
            ),
          ]),
        }),
      ],
    },
  }),
  stats: STATS,
  volatile: NOT_ADMIN,
  traffic: async (side) => {
    await side.request('must be secure', 'http', 'GET /a?b', 'host: secure.example.com')
    await side.request('is secure', 'http', 'GET /a', 'host: secure.example.com', 'x-forwarded-proto: https')
    for (const path of ['/https/a?b=c', '/port', '/host/x', '/path/a?b', '/prefix/a?b', '/regex/a/b', '/scheme']) {
      await side.request(path, 'http', `GET ${path}`, 'host: example.com:8080')
      await side.request(`HEAD ${path}`, 'http', `HEAD ${path}`, 'host: example.com:80')
    }
  },
})

differential('canary: weighted clusters, routing by header, query, cookie and method, runtime fractions', {
  backends: ['stable', 'canary'],
  bootstrap: (port) => {
    const byHeader = (header: object) => ({ match: { prefix: '/h', headers: [header] }, route: { cluster: 'canary' } })
    return {
      static_resources: {
        listeners: [
          httpListener('front', {
            routes: [
              byHeader({ name: 'x-canary', string_match: { exact: 'true' } }),
              byHeader({ name: 'x-version', string_match: { prefix: 'v2' } }),
              byHeader({ name: 'x-number', range_match: { start: 10, end: 20 } }),
              byHeader({ name: ':method', string_match: { exact: 'DELETE' } }),
              byHeader({
                name: 'x-absent',
                present_match: true,
                invert_match: true,
                treat_missing_header_as_empty: true,
              }),
              {
                match: {
                  prefix: '/q',
                  query_parameters: [
                    { name: 'debug', present_match: true },
                    { name: 'n', string_match: { exact: '1' } },
                  ],
                },
                route: { cluster: 'canary' },
              },
              {
                match: { prefix: '/w' },
                route: {
                  weighted_clusters: {
                    header_name: 'x-pick',
                    clusters: [
                      { name: 'stable', weight: 90 },
                      {
                        name: 'canary',
                        weight: 10,
                        response_headers_to_add: [{ header: { key: 'x-canary', value: 'yes' } }],
                      },
                    ],
                  },
                },
              },
              {
                match: {
                  prefix: '/never',
                  runtime_fraction: { default_value: { numerator: 0 }, runtime_key: 'never' },
                },
                route: { cluster: 'canary' },
              },
              {
                match: {
                  prefix: '/always',
                  runtime_fraction: { default_value: { numerator: 0 }, runtime_key: 'always' },
                },
                route: { cluster: 'canary' },
              },
              { match: { prefix: '/grpc', grpc: {} }, route: { cluster: 'canary' } },
              routeTo('stable'),
            ],
          }),
        ],
        clusters: [staticCluster('stable', [port('stable')]), staticCluster('canary', [port('canary')])],
      },
      layered_runtime: { layers: [{ name: 'static', static_layer: { always: 100 } }] },
    }
  },
  stats: STATS,
  volatile: NOT_ADMIN,
  traffic: async (side) => {
    const headers = [
      'x-canary: true',
      'x-canary: false',
      'x-version: v2.1',
      'x-number: 15',
      'x-number: 20',
      'x-absent: 1',
    ]
    for (const header of headers) await side.request(header, 'front', 'GET /h', header)
    await side.request('method', 'front', 'DELETE /h', 'x-absent: 1')
    for (const path of ['/q?debug&n=1', '/q?debug=0&n=1', '/q?n=1', '/never', '/always', '/grpc']) {
      await side.request(path, 'front', `GET ${path}`)
    }
    for (const pick of [0, 50, 89, 90, 99, 100, 189, 190])
      await side.request(`pick ${pick}`, 'front', 'GET /w', `x-pick: ${pick}`)
    await side.request('grpc', 'front', 'POST /grpc', 'content-type: application/grpc')
    side.noteSeen('stable')
    side.noteSeen('canary')
  },
})

const STDOUT = 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog'

differential('JSON access log on standard output, filters of logs, replies mapped', {
  backends: ['app'],
  bootstrap: (port) => ({
    node: { id: 'proxy-1', cluster: 'edge' },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [direct('/direct', 'x'), routeTo('app', '/app'), routeTo('dead', '/dead')],
          extra: {
            access_log: [
              {
                name: 'envoy.access_loggers.stdout',
                typed_config: {
                  '@type': STDOUT,
                  log_format: {
                    json_format: {
                      method: '%REQ(:METHOD)%',
                      path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
                      code: '%RESPONSE_CODE%',
                      flags: '%RESPONSE_FLAGS%',
                      details: '%RESPONSE_CODE_DETAILS%',
                      cluster: '%UPSTREAM_CLUSTER%',
                      agent: '%REQ(USER-AGENT)%',
                      bytes: { in: '%BYTES_RECEIVED%', out: '%BYTES_SENT%' },
                    },
                  },
                },
              },
              fileLog(
                'errors.log',
                { log_format: { text_format_source: { inline_string: '%RESPONSE_CODE% %REQ(:PATH)%\n' } } },
                {
                  filter: {
                    status_code_filter: {
                      comparison: { op: 'GE', value: { default_value: 500, runtime_key: 'log.from' } },
                    },
                  },
                },
              ),
              fileLog(
                'flags.log',
                { log_format: { text_format_source: { inline_string: '%RESPONSE_FLAGS% %REQ(:PATH)%\n' } } },
                {
                  filter: {
                    or_filter: {
                      filters: [
                        { response_flag_filter: { flags: ['UF'] } },
                        { header_filter: { header: { name: 'x-log', present_match: true } } },
                      ],
                    },
                  },
                },
              ),
            ],
            local_reply_config: {
              mappers: [
                {
                  filter: {
                    status_code_filter: { comparison: { op: 'EQ', value: { default_value: 503, runtime_key: 'x' } } },
                  },
                  status_code: 502,
                  body: { inline_string: 'sorry' },
                },
              ],
              body_format: {
                json_format: { message: '%LOCAL_REPLY_BODY%', status: '%RESPONSE_CODE%', path: '%REQ(:path)%' },
              },
            },
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')]), staticCluster('dead', [1])],
    },
  }),
  stats: STATS,
  volatile: NOT_ADMIN,
  traffic: async (side) => {
    await side.request('app', 'front', 'GET /app/a', 'user-agent: "quoted"\\é')
    await side.request('app 500', 'front', 'GET /app/b', 'x-do: status=500', 'x-log: 1')
    await side.request('app 503', 'front', 'GET /app/c', 'x-do: status=503')
    await side.request('dead', 'front', 'GET /dead')
    await side.request('none', 'front', 'GET /none')
    await side.request('direct', 'front', 'GET /direct')
    await side.noteLog('errors.log', 3)
    await side.noteLog('flags.log', 2)
    const limit = performance.now() + 2000
    const records = (): string[] =>
      side.proxy
        .log()
        .split('\n')
        .filter((line) => line.startsWith('{'))
    while (records().length < 6 && performance.now() < limit) await Bun.sleep(20)
    side.note('standard output', records())
  },
})

differential('several listeners: host names, ports, a pipe, filter chains by source and by port', {
  backends: ['app'],
  bootstrap: (port) => {
    const chain = (match: object, body: string, name: string): object => {
      const listener = httpListener('x', { statPrefix: name, routes: [direct('/', body)] }) as {
        filter_chains: object[]
      }
      return { name, filter_chain_match: match, ...listener.filter_chains[0] }
    }
    return {
      static_resources: {
        listeners: [
          httpListener('one', {
            extra: routes([
              virtualHost('a', ['a.test', 'a.test:*'], [direct('/', 'a')]),
              virtualHost('b', ['b.*'], [direct('/', 'b')]),
            ]),
          }),
          {
            ...httpListener('chains'),
            filter_chains: [
              chain({ source_prefix_ranges: [{ address_prefix: '10.0.0.0', prefix_len: 8 }] }, 'ten', 'ten'),
              chain(
                {
                  source_prefix_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }],
                  source_type: 'SAME_IP_OR_LOOPBACK',
                },
                'loop',
                'loop',
              ),
            ],
            default_filter_chain: chain({}, 'default', 'default'),
          },
          {
            ...httpListener('closed'),
            filter_chains: [
              chain({ source_prefix_ranges: [{ address_prefix: '10.0.0.0', prefix_len: 8 }] }, 'ten', 'none'),
            ],
          },
          {
            ...httpListener('named', { statPrefix: 'ingress' }),
            stat_prefix: 'by_name',
            per_connection_buffer_limit_bytes: 32768,
          },
        ],
        clusters: [staticCluster('app', [port('app')])],
      },
    }
  },
  stats: /^(?:listener\.(?!admin)|listener_manager|http\.\w+\.downstream_cx)/,
  volatile: /admin|_bytes_|_ms$|downstream_cx_(?:active|destroy|http1_active)/,
  traffic: async (side) => {
    for (const host of ['a.test', 'A.TEST', 'a.test:81', 'b.test', 'b.', 'c.test'])
      await side.request(host, 'one', 'GET /', `host: ${host}`)
    await side.request('loopback', 'chains', 'GET /')
    await side.send('no chain', 'closed', '', true)
    await side.request('large', 'named', 'POST /', 'content-length: 0', `x-do: body=${'y'.repeat(2000)}`)
    await side.noteAdmin('/listeners')
  },
})
