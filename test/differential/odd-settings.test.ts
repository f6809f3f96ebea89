/* Settings that few configurations have, and requests that few clients send. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const LOG = { delayed_close_timeout: '0.1s', access_log: [fileLog('access.log', textFormat(OUTCOME))] }

const FRONT = {
  ...LOG,
  always_set_request_id_in_response: true,
  http_protocol_options: {
    accept_http_10: true,
    default_host_for_http_10: 'default.test',
    header_key_format: { proper_case_words: {} },
    enable_trailers: true,
  },
}

const STRICT = {
  ...LOG,
  generate_request_id: false,
  server_header_transformation: 'PASS_THROUGH',
  skip_xff_append: true,
  use_remote_address: true,
  forward_client_cert_details: 'APPEND_FORWARD',
  scheme_header_transformation: { scheme_to_overwrite: 'https' },
  preserve_external_request_id: true,
  max_request_headers_kb: 8,
  stream_error_on_invalid_http_message: true,
  strip_trailing_host_dot: true,
  strip_matching_host_port: true,
  common_http_protocol_options: { max_headers_count: 5, headers_with_underscores_action: 'DROP_HEADER' },
}

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

const UPSTREAM = {
  per_connection_buffer_limit_bytes: 1024,
  typed_extension_protocol_options: {
    [HTTP_OPTIONS]: {
      '@type': `type.googleapis.com/${HTTP_OPTIONS}`,
      explicit_http_config: { http_protocol_options: { header_key_format: { proper_case_words: {} } } },
      common_http_protocol_options: { max_requests_per_connection: 2, idle_timeout: '5s' },
    },
  },
}

const ROUTES = [
  direct('/direct', 'hello'),
  {
    match: { prefix: '/hdr', headers: [{ name: 'x-a', string_match: { contains: 'B', ignore_case: true } }] },
    route: { cluster: 'app' },
  },
  routeTo('app', '/retrystatus', {
    retry_policy: {
      retry_on: 'retriable-status-codes,connect-failure,reset',
      retriable_status_codes: [418],
      num_retries: 2,
      retry_back_off: { base_interval: '0.01s', max_interval: '0.02s' },
    },
  }),
  routeTo('dead', '/deadretry', { retry_policy: { retry_on: 'connect-failure', num_retries: 2 } }),
  routeTo('app', '/hash', { hash_policy: [{ header: { header_name: 'x-h' } }] }),
  { ...routeTo('app', '/stat'), stat_prefix: 'mystat' },
  routeTo('app'),
]

differential('settings and requests off the beaten path', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', { routes: ROUTES, extra: FRONT }),
        httpListener('second', { statPrefix: 'second', extra: STRICT }),
      ],
      clusters: [staticCluster('app', [port('app')], UPSTREAM), staticCluster('dead', [1])],
    },
  }),
  stats: /^(?:http\.(?:ingress|second)|cluster\.(?:app|dead)|vhost|listener\.(?!admin))\./,
  volatile: /_bytes_|_ms$|rq_time|flow_control|[^p]cx_(?:active|destroy|http1_active|length)/,
  traffic: async (side) => {
    await side.request('direct', 'front', 'GET /direct')
    await side.request('options', 'front', 'OPTIONS /direct')
    await side.request('OPTIONS *', 'front', 'OPTIONS *')
    await side.request('header match', 'front', 'GET /hdr', 'x-a: abc')
    await side.request('retried status', 'front', 'GET /retrystatus', 'x-do: status=418')
    await side.send(
      'retried status, with a body',
      'front',
      'POST /retrystatus HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nx-do: status=418\r\n\r\nabc',
    )
    await side.request('retried reset', 'front', 'GET /retrystatus', 'x-do: reset')
    await side.request('retry of a refused connection', 'front', 'GET /deadretry')
    await side.request('hash', 'front', 'GET /hash', 'x-h: 1')
    await side.request('stat', 'front', 'GET /stat')
    await side.send('HTTP/1.0', 'front', 'GET /x HTTP/1.0\r\n\r\n', true)
    await side.send('HTTP/1.0 keep-alive', 'front', 'GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    await side.send('HTTP/1.0, chunked upstream', 'front', 'GET /x HTTP/1.0\r\nx-do: chunked;body=abcdef\r\n\r\n', true)
    await side.send(
      'trailers',
      'front',
      'POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\n\r\n1\r\na\r\n0\r\nx-t: v\r\n\r\n',
    )
    await side.send(
      'large body',
      'front',
      `POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n${'z'.repeat(300000)}`,
    )
    await side.send(
      'forwarded for',
      'second',
      'GET /a HTTP/1.1\r\nHost: a.test.:80\r\nx-forwarded-for: 9.9.9.9\r\nx-request-id: mine\r\nx_under: 1\r\n\r\n',
    )
    await side.send('too many headers', 'second', `GET /a HTTP/1.1\r\nHost: a\r\n${'x: 1\r\n'.repeat(8)}\r\n`, true)
    await side.send(
      'no host, then another request',
      'second',
      `GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n`,
    )
    await side.send('large head', 'second', `GET /a HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(9000)}\r\n\r\n`, true)
    await side.send('connect', 'front', `CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n`, true)
    await side.send('304', 'front', `GET /a HTTP/1.1\r\nHost: a\r\nx-do: status=304\r\n\r\n`)
    await side.send(
      '204 with a length',
      'front',
      `GET /a HTTP/1.1\r\nHost: a\r\nx-do: status=204;header=content-length:5\r\n\r\n`,
    )
    side.noteSeen('app')
    await side.noteLog('access.log', 24)
  },
})
