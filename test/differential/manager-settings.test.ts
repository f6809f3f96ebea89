/* The connection manager's settings about heads, replies and tunnels, all at once where they do not disturb each other. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const MANAGER = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

const preserveCase = (config: object = {}): object => ({
  stateful_formatter: {
    name: 'preserve_case',
    typed_config: {
      '@type':
        'type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
      ...config,
    },
  },
})

const upstream = (http1: object): object => ({
  typed_extension_protocol_options: {
    [HTTP_OPTIONS]: {
      '@type': `type.googleapis.com/${HTTP_OPTIONS}`,
      use_downstream_protocol_config: { http_protocol_options: http1 },
    },
  },
})

const WORDY = {
  add_user_agent: true,
  via: 'proxy1',
  server_name: 'my srv',
  server_header_transformation: 'APPEND_IF_ABSENT',
  strip_any_host_port: true,
  strip_trailing_host_dot: true,
  scheme_header_transformation: { scheme_to_overwrite: 'https' },
  always_set_request_id_in_response: true,
  append_x_forwarded_port: true,
  http_protocol_options: {
    allow_absolute_url: false,
    enable_trailers: true,
    accept_http_10: true,
    header_key_format: preserveCase({ forward_reason_phrase: true, formatter_type_on_envoy_headers: 'PROPER_CASE' }),
  },
  common_http_protocol_options: {
    max_requests_per_connection: 2,
    max_headers_count: 8,
    headers_with_underscores_action: 'DROP_HEADER',
  },
  delayed_close_timeout: '0.1s',
}

const STRICT = {
  scheme_header_transformation: { match_upstream: true },
  server_header_transformation: 'PASS_THROUGH',
  use_remote_address: true,
  xff_num_trusted_hops: 1,
  append_x_forwarded_port: true,
  internal_address_config: { unix_sockets: true },
  forward_client_cert_details: 'SANITIZE_SET',
  set_current_client_cert_details: { subject: true, cert: true, chain: true, dns: true, uri: true },
  forward_client_cert_matcher: {
    matcher_list: {
      matchers: [
        {
          predicate: {
            single_predicate: {
              input: {
                name: 'header',
                typed_config: {
                  '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
                  header_name: 'x-keep',
                },
              },
              value_match: { exact: 'yes' },
            },
          },
          on_match: {
            action: {
              name: 'keep',
              typed_config: {
                '@type': `${MANAGER}.ForwardClientCertConfig`,
                forward_client_cert_details: 'ALWAYS_FORWARD_ONLY',
              },
            },
          },
        },
      ],
    },
  },
  proxy_100_continue: true,
  path_with_escaped_slashes_action: 'REJECT_REQUEST',
  http_protocol_options: {
    allow_chunked_length: true,
    header_key_format: { proper_case_words: {} },
    default_host_for_http_10: 'unused',
  },
  common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
  stream_error_on_invalid_http_message: true,
  delayed_close_timeout: '0.1s',
}

differential('heads by settings of the connection manager', {
  backends: ['app'],
  bootstrap: (port) => ({
    node: { id: 'node-x', cluster: 'cluster-x' },
    static_resources: {
      listeners: [
        httpListener('wordy', { statPrefix: 'wordy', extra: WORDY, routes: [direct('/direct', 'hi'), routeTo('app')] }),
        httpListener('strict', {
          statPrefix: 'strict',
          extra: STRICT,
          routes: [direct('/direct', 'hi'), routeTo('plain')],
        }),
      ],
      clusters: [
        staticCluster(
          'app',
          [port('app')],
          upstream({ enable_trailers: true, header_key_format: preserveCase({ forward_reason_phrase: true }) }),
        ),
        staticCluster('plain', [port('app')]),
      ],
    },
  }),
  traffic: async (side) => {
    const wordy = (name: string, request: string, ...headers: readonly string[]): Promise<void> =>
      side.request(`wordy: ${name}`, 'wordy', request, ...headers)
    await wordy('names as they came', 'GET /', 'X-Foo-BAR: 1', 'x_u: 2', 'User-Agent: ')
    await wordy('a host with a dot and a port', 'GET /', 'HOST: a.test.:8080', 'user-agent: me', 'Via: 1.1 x')
    await wordy('a host with two colons', 'GET /', 'host: a.test.:80:90')
    await wordy('an address', 'GET /', 'host: [::1]:80')
    await wordy('an absolute target', 'GET http://b.test/p')
    await wordy('names and phrase of the upstream', 'GET /', 'x-do: header=X-UP:1;header=Server:up;header=VIA:y')
    await wordy('too many headers', 'GET /', ...Array.from({ length: 9 }, (_, i) => `x-${i}: 1`))
    await wordy('an id', 'GET /', 'X-Request-ID: abc')
    await wordy('a TE that says nothing', 'GET /', 'TE: ')
    await side.send(
      'wordy: two requests and no more',
      'wordy',
      'GET /direct HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(2),
      true,
    )
    await side.send('wordy: HTTP/1.0', 'wordy', 'GET / HTTP/1.0\r\nHost: a\r\n\r\n', true)
    await side.send(
      'wordy: trailers',
      'wordy',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-TRail: v\r\n\r\n',
    )
    const strict = (name: string, request: string, ...headers: readonly string[]): Promise<void> =>
      side.request(`strict: ${name}`, 'strict', request, ...headers)
    await strict(
      'behind a proxy',
      'GET /',
      'x-forwarded-for: 1.1.1.1,2.2.2.2',
      'x-forwarded-proto: ftp',
      'x-forwarded-port: 9',
    )
    await strict('a private peer', 'GET /')
    await strict('XFCC', 'GET /', 'x-forwarded-client-cert: By=x')
    await strict('XFCC that is kept', 'GET /', 'x-forwarded-client-cert: By=x', 'x-keep: yes')
    await strict('an underscore', 'GET /', 'x_y: 1')
    await strict('an escaped slash', 'GET /a%2fb')
    await strict('an escaped backslash', 'GET /a%5Cb?x=%2f')
    await strict('an escaped slash in gRPC', 'POST /a%2f', 'content-type: application/grpc')
    await side.send('strict: no host', 'strict', 'GET / HTTP/1.1\r\n\r\nGET /direct HTTP/1.1\r\nhost: a\r\n\r\n')
    await strict('an unknown expectation', 'GET /', 'expect: something')
    await strict('TE', 'GET /', 'te: trailers, gzip')
    await strict('a scheme that is empty', 'GET /', 'x-forwarded-for: 1.1.1.1,2.2.2.2', 'x-forwarded-proto: ')
    side.noteSeen('app')
  },
})

differential('CONNECT forwarded, and how long an upstream may take', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            { match: { connect_matcher: {} }, route: { cluster: 'app' } },
            routeTo('limited', '/limited'),
            routeTo('app'),
          ],
          extra: {
            upgrade_configs: [{ upgrade_type: 'CONNECT' }],
            proxy_100_continue: true,
            delayed_close_timeout: '0.1s',
            access_log: [fileLog('access.log', textFormat(OUTCOME))],
          },
        }),
      ],
      clusters: [
        staticCluster('app', [port('app')]),
        staticCluster('limited', [port('app')], {
          typed_extension_protocol_options: {
            [HTTP_OPTIONS]: {
              '@type': `type.googleapis.com/${HTTP_OPTIONS}`,
              explicit_http_config: { http_protocol_options: {} },
              common_http_protocol_options: { max_stream_duration: '0.2s' },
            },
          },
        }),
      ],
    },
  }),
  stats: /cluster\.limited\.upstream_rq_max_duration|http\.ingress\.downstream_cx_upgrades/,
  traffic: async (side) => {
    const connect = (name: string, order: string): Promise<unknown> =>
      side.send(name, 'front', `CONNECT a.test:80 HTTP/1.1\r\nhost: a.test:80\r\nx-do: ${order}\r\n\r\n`)
    await connect('CONNECT refused', 'status=404;body=no')
    await connect('CONNECT neither refused nor accepted', 'status=201;body=no')
    await side.send(
      'CONNECT with a body',
      'front',
      'CONNECT a:80 HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx',
      true,
    )
    await side.send('CONNECT to a path', 'front', 'CONNECT /x HTTP/1.1\r\nhost: a\r\n\r\n', true)
    await side.send('CONNECT without a port', 'front', 'CONNECT a HTTP/1.1\r\nhost: a\r\n\r\n', true)
    await side.request('in time', 'front', 'GET /limited')
    await side.request(
      'too late',
      'front',
      'GET /limited',
      'x-do: delay=600',
      'x-envoy-upstream-stream-duration-ms: 5000',
    )
    await side.noteLog('access.log', 7)
  },
})

const PROXY_STATUS = {
  whole: {},
  recommending: { set_recommended_response_code: true, use_node_id: true, remove_response_flags: true },
  terse: { literal_proxy_name: 'lit', remove_details: true },
}

differential('Proxy-Status', {
  backends: ['app'],
  bootstrap: (port) => ({
    node: { id: 'node-x', cluster: 'cluster-x' },
    static_resources: {
      listeners: Object.entries(PROXY_STATUS).map(([name, proxy_status_config]) =>
        httpListener(name, {
          statPrefix: name,
          routes: [
            direct('/direct', 'hi', 503),
            routeTo('dead', '/dead'),
            routeTo('dead', '/retried', { retry_policy: { retry_on: 'connect-failure' } }),
            routeTo('empty', '/empty'),
            { match: { prefix: '/header' }, route: { cluster_header: 'x-cluster' } },
            routeTo('app', '/slow', { timeout: '0.1s' }),
            routeTo('app', '/idle', { timeout: '5s', idle_timeout: '0.1s' }),
            routeTo('app', '/up'),
          ],
          extra: {
            proxy_status_config,
            delayed_close_timeout: '0.1s',
            access_log: [fileLog(`${name}.log`, textFormat(OUTCOME))],
          },
        }),
      ),
      clusters: [
        staticCluster('app', [port('app')]),
        staticCluster('dead', [1]),
        { name: 'empty', type: 'STATIC', load_assignment: { cluster_name: 'empty' } },
      ],
    },
  }),
  traffic: async (side) => {
    for (const name of Object.keys(PROXY_STATUS)) {
      const ask = (path: string, ...headers: readonly string[]): Promise<void> =>
        side.request(`${name}: ${path} ${headers.join()}`, name, `GET ${path}`, ...headers)
      for (const path of ['/nothing', '/direct', '/dead', '/retried', '/empty', '/up']) await ask(path)
      await ask('/header', 'x-cluster: none')
      await ask('/slow', 'x-do: delay=400')
      await ask('/idle', 'x-do: delay=400')
      await ask('/up', 'x-do: reset')
      await ask('/up', 'x-do: status=502;header=proxy-status:other')
      await ask('/up', 'upgrade: foo', 'connection: upgrade')
      await side.send(`${name}: no method`, name, 'get / HTTP/1.1\r\nhost: a\r\n\r\n', true)
      await side.noteLog(`${name}.log`, 13)
    }
  },
})

differential('local replies by mappers', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            direct('/direct', 'hi'),
            direct('/bare', '', 418),
            routeTo('dead', '/dead'),
            routeTo('app', '/up'),
            { match: { path: '/redirect' }, redirect: { path_redirect: '/x' } },
          ],
          extra: {
            delayed_close_timeout: '0.1s',
            local_reply_config: {
              mappers: [
                {
                  filter: {
                    status_code_filter: { comparison: { op: 'EQ', value: { default_value: 404, runtime_key: 'k' } } },
                  },
                  headers_to_add: [
                    {
                      header: { key: 'x-a', value: '%RESPONSE_CODE% %REQ(x-b)% %RESP(x-a)%' },
                      append_action: 'ADD_IF_ABSENT',
                    },
                    { header: { key: 'server', value: 'mine' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
                    { header: { key: 'content-type', value: 'a/b' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
                  ],
                  status_code: 410,
                  body: { inline_string: 'gone %REQ(:path)%' },
                },
                {
                  filter: { header_filter: { header: { name: 'x-json' } } },
                  body_format_override: {
                    json_format: { s: '%RESPONSE_CODE%', b: '%LOCAL_REPLY_BODY%', d: '%RESPONSE_CODE_DETAILS%' },
                  },
                  headers_to_add: [{ header: { key: 'x-j', value: '1' } }],
                },
                { filter: { header_filter: { header: { name: 'x-empty' } } }, body: { inline_string: '' } },
              ],
              body_format: {
                text_format_source: { inline_string: '[%LOCAL_REPLY_BODY%] %RESPONSE_CODE% %RESPONSE_FLAGS%' },
                content_type: 'text/html; charset=UTF-8',
              },
            },
            access_log: [fileLog('access.log', textFormat(OUTCOME))],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')]), staticCluster('dead', [1])],
    },
  }),
  traffic: async (side) => {
    for (const path of ['/nothing', '/direct', '/bare', '/dead', '/redirect', '/up']) {
      for (const header of ['x-b: q', 'x-json: 1', 'x-empty: 1', 'content-type: application/grpc']) {
        await side.request(`${path} ${header}`, 'front', `GET ${path}`, header)
      }
      await side.request(`HEAD ${path}`, 'front', `HEAD ${path}`)
    }
    await side.request('gRPC as JSON', 'front', 'GET /dead', 'content-type: application/grpc', 'x-json: 1')
    await side.request('not ours', 'front', 'GET /up', 'x-do: status=404;body=abc')
    await side.send('no host', 'front', 'GET / HTTP/1.1\r\n\r\n', true)
    await side.send('no method', 'front', 'get / HTTP/1.1\r\nhost: a\r\n\r\n', true)
    await side.noteLog('access.log', 34)
  },
})

differential('record_route_resolution_stats', {
  bootstrap: () => ({
    stats_flush_interval: '0.5s',
    static_resources: {
      listeners: [
        httpListener('recorded', {
          statPrefix: 'recorded',
          routes: [direct('/', 'ok')],
          extra: { record_route_resolution_stats: true },
        }),
        httpListener('not', { statPrefix: 'not', routes: [direct('/', 'ok')] }),
      ],
    },
  }),
  traffic: async (side) => {
    await side.request('recorded', 'recorded', 'GET /')
    await side.request('not', 'not', 'GET /')
    await side.send('no host', 'recorded', 'GET / HTTP/1.1\r\n\r\n')
    await side.send('no request', 'recorded', 'BAD\r\n\r\n', true)
    await Bun.sleep(1200)
    await side.noteAdmin('/stats/prometheus', (text) =>
      text.split('\n').filter((line) => /route_resolutions/.test(line) || /route_resolution_time_us_count/.test(line)),
    )
  },
  stats: /route_resolution/,
})
