/* Settings of connection managers, one at a time, each over the same requests: replies, what the upstream sees, and the log. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const HTTP = 'type.googleapis.com/envoy.extensions.http'
const range = (address_prefix: string, prefix_len = 8) => ({ address_prefix, prefix_len })
const internal = { internal_address_config: { cidr_ranges: [range('127.0.0.0'), range('10.0.0.0')] } }
const detection = (type: string, config: object): object => ({
  original_ip_detection_extensions: [
    { name: 'detection', typed_config: { '@type': `${HTTP}.original_ip_detection.${type}`, ...config } },
  ],
})
const preserving = {
  name: 'preserving',
  typed_config: { '@type': `${HTTP}.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig` },
}
const status = (op: string, value: number): object => ({
  status_code_filter: { comparison: { op, value: { default_value: value, runtime_key: 'unset' } } },
})
const adding = (key: string, value: string): object => ({ headers_to_add: [{ header: { key, value } }] })
const MAPPERS = [
  {
    filter: status('EQ', 404),
    status_code: 455,
    body: { inline_string: 'was %LOCAL_REPLY_BODY%' },
    ...adding('x-a', '%REQ(x-a)%'),
  },
  {
    filter: { response_flag_filter: { flags: ['UF'] } },
    status_code: 599,
    body_format_override: { json_format: { code: '%RESPONSE_CODE%', none: '%REQ(none)%' } },
  },
  { filter: { and_filter: { filters: [status('GE', 500), status('LE', 503)] } }, ...adding('x-and', '1') },
  { filter: { not_health_check_filter: {} }, ...adding('x-flags', '%RESPONSE_FLAGS%') },
]
const BODY_FORMAT = {
  text_format_source: { inline_string: '<%LOCAL_REPLY_BODY%> %RESPONSE_CODE% %RESPONSE_CODE_DETAILS%\n' },
  content_type: 'text/x',
}

const MANAGERS: Readonly<Record<string, object>> = {
  plain: {},
  'proxy-status': { proxy_status_config: { set_recommended_response_code: true, use_node_id: true } },
  'proxy-status-bare': {
    proxy_status_config: { literal_proxy_name: 'p', remove_details: true, remove_response_flags: true },
  },
  edge: { use_remote_address: true, via: 'edge-1', append_x_forwarded_port: true },
  'edge-internal': { use_remote_address: true, xff_num_trusted_hops: 1, ...internal },
  hops: { xff_num_trusted_hops: 2, skip_xff_append: true, ...internal },
  'by-xff': detection('xff.v3.XffConfig', { xff_trusted_cidrs: { cidrs: [range('127.0.0.0'), range('10.0.0.0')] } }),
  'by-header': detection('custom_header.v3.CustomHeaderConfig', { header_name: 'x-real' }),
  'certificates-set': {
    forward_client_cert_details: 'SANITIZE_SET',
    set_current_client_cert_details: { subject: true },
  },
  'certificates-always': {
    forward_client_cert_details: 'ALWAYS_FORWARD_ONLY',
    always_set_request_id_in_response: true,
  },
  proper: { http_protocol_options: { header_key_format: { proper_case_words: {} }, accept_http_10: true } },
  preserving: {
    http_protocol_options: { header_key_format: { stateful_formatter: preserving }, enable_trailers: true },
  },
  lenient: {
    http_protocol_options: { allow_chunked_length: true, allow_custom_methods: true, allow_absolute_url: false },
    stream_error_on_invalid_http_message: true,
  },
  'one-request': { common_http_protocol_options: { max_requests_per_connection: 1, max_stream_duration: '0.6s' } },
  underscores: { common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' } },
  few: { common_http_protocol_options: { max_headers_count: 6 }, max_request_headers_kb: 1 },
  servers: { server_header_transformation: 'APPEND_IF_ABSENT', server_name: 'mine', add_user_agent: true },
  hosts: { strip_any_host_port: true, strip_trailing_host_dot: true, generate_request_id: false },
  paths: { normalize_path: true, merge_slashes: true, path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD' },
  redirecting: { normalize_path: true, path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT' },
  scheme: { scheme_header_transformation: { scheme_to_overwrite: 'https' }, proxy_100_continue: true },
  upgrades: { upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'foo' }] },
  timeouts: { request_timeout: '0.6s', request_headers_timeout: '0.6s' },
  replies: { local_reply_config: { mappers: MAPPERS, body_format: BODY_FORMAT } },
}

/** The host is a.test where the lines do not name one; all of them ask for the end of the connection. */
function request(line: string, ...headers: readonly string[]): string {
  const host = headers.some((header) => /^host:/i.test(header)) ? [] : ['Host: a.test']
  return `${[line, ...host, ...headers, 'Connection: close'].join('\r\n')}\r\n\r\n`
}

const CHUNKS = '3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n'
const REQUESTS: readonly string[] = [
  request('GET /app?x=1 HTTP/1.1', 'X-A: b', 'x-Camel-Case: v', 'x_under: 1'),
  request(
    'GET /app HTTP/1.1',
    'X-Forwarded-For: 1.2.3.4, 10.1.1.1',
    'X-Forwarded-Proto: https',
    'X-Request-Id: abc',
    'x-envoy-internal: true',
    'x-envoy-retry-on: 5xx',
    'x-real: 5.6.7.8',
    'x-forwarded-client-cert: By=a;Hash=b',
    'user-agent: me',
    'via: 1.1 x',
  ),
  request('GET /app HTTP/1.1', 'X-Forwarded-For: 10.1.1.1', 'x-envoy-force-trace: 1', 'x-real: junk'),
  request('GET /app HTTP/1.1', 'X-Forwarded-For: 1.1.1.1,2.2.2.2, 3.3.3.3 ,10.0.0.5', 'X-Forwarded-For: 127.0.0.9'),
  `${request('POST /app HTTP/1.1', 'Content-Length: 3')}abc`,
  request('POST /app HTTP/1.1', 'Transfer-Encoding: chunked', 'x-do: chunked') + CHUNKS,
  request('POST /app HTTP/1.1', 'Transfer-Encoding: chunked', 'Content-Length: 3') + CHUNKS,
  request('GET /app HTTP/1.0', 'x-do: chunked'),
  'GET /app HTTP/1.1\r\nConnection: close\r\n\r\nGET /app HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  request('GET http://abs.test:81/app?q HTTP/1.1', 'Host: other.test'),
  request('GET /app HTTP/1.1', 'Host: A.test.:8443'),
  request('GET /app/a/../b//c/./d?x=/../y HTTP/1.1'),
  request('GET /app/%2e%2e/app/a%2Fb%5cc%41 HTTP/1.1'),
  request('GET /app\\x/%zz HTTP/1.1'),
  request('GET /app#part HTTP/1.1'),
  request('OPTIONS * HTTP/1.1'),
  request('FOO /app HTTP/1.1'),
  request('CONNECT a.test:80 HTTP/1.1', 'Host: a.test:80'),
  'GET /app HTTP/1.1\r\nHost: a.test\r\nConnection: upgrade, close\r\nUpgrade: foo/2\r\nx-do: close\r\n\r\n',
  `${request('POST /app HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 2')}ab`,
  request('HEAD /app HTTP/1.1', 'Keep-Alive: 5', 'TE: trailers, gzip', 'Proxy-Connection: x'),
  request('GET /app/slow HTTP/1.1', 'x-do: hang'),
  'POST /app HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\nConnection: close\r\n\r\nabc',
  request('GET /direct HTTP/1.1', 'x-a: 1'),
  request('GET /redirect?x HTTP/1.1', 'Host: a.test:80'),
  request('GET /dead HTTP/1.1', 'x-a: 1'),
  request('POST /dead HTTP/1.1', 'content-type: application/grpc', 'content-length: 0'),
  request('GET /nope HTTP/1.1', 'x-a: zz'),
  request('GET /app HTTP/1.1', 'x-do: status=503;header=Server: up'),
  request('GET /app HTTP/1.1', 'x-do: reset'),
  request('GET /app HTTP/1.1', 'x-do: header=Proxy-Status: up; error=x'),
  request('GET /app HTTP/1.1', 'bad name: x'),
  request('GET /app HTTP/1.1', `x-big: ${'y'.repeat(1100)}`),
]

const LOG = textFormat(
  '%REQ(:METHOD)% %REQ(:PATH)% %REQ(:AUTHORITY)% %REQ(:SCHEME)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
    '%RESPONSE_CODE_DETAILS% %BYTES_RECEIVED% %BYTES_SENT% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %REQ(X-REQUEST-ID)% ' +
    '%REQ(X-FORWARDED-FOR)% %ROUTE_NAME% %REQUESTED_SERVER_NAME(HOST_FIRST)%',
)

const routesTo = (backend: string): readonly object[] => [
  { ...direct('/direct', 'hello'), name: 'direct' },
  { match: { prefix: '/redirect' }, redirect: { https_redirect: true } },
  routeTo('dead', '/dead'),
  routeTo(backend, '/app/slow', { timeout: '0.4s' }),
  { ...routeTo(backend, '/app'), name: 'app' },
]

async function traffic(side: Side): Promise<void> {
  // What comes first takes its time.
  for (const name of Object.keys(MANAGERS)) await side.exchange(name, request('GET /app HTTP/1.1'), true)
  const waiting = Object.keys(MANAGERS)
  const next = async (): Promise<void> => {
    const name = waiting.shift()
    if (name === undefined) return
    for (const [index, bytes] of REQUESTS.entries()) {
      using client = await side.connect(name)
      client.write(bytes)
      await client.closed()
      side.note(`${name} ${index} ${bytes.split('\r\n', 1)[0]}`, client.received())
    }
    side.note(`seen by ${name}`, side.seenBy(name))
    await side.noteLog(`${name}.log`, REQUESTS.length + 1)
    await next()
  }
  await Promise.all(Array.from({ length: 8 }, next))
}

differential('settings of connection managers', {
  backends: Object.keys(MANAGERS),
  flags: ['--service-cluster', 'cluster', '--service-node', 'node'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: Object.entries(MANAGERS).map(([name, manager]) =>
        httpListener(name, {
          statPrefix: name,
          routes: routesTo(name),
          extra: {
            delayed_close_timeout: '0.05s',
            stream_idle_timeout: '1s',
            access_log: [fileLog(`${name}.log`, LOG)],
            ...manager,
          },
        }),
      ),
      clusters: [...Object.keys(MANAGERS).map((name) => staticCluster(name, [port(name)])), staticCluster('dead', [1])],
    },
  }),
  traffic,
})
