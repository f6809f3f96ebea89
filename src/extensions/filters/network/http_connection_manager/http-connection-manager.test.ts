import { describe, expect, test } from 'bun:test'
import { createParseContext } from '../../../../config/parse-context.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { trackingReader } from '../../../../config/reader/create-tracking-reader.ts'
import type { ConnectionManagerConfig } from '../../../../http/connection-manager-config.ts'
import { ManagerHarness } from '../../../../http/testing/manager-harness.ts'
import { ExtensionRegistry } from '../../../../registry/extension-registry.ts'
import { extension as router } from '../../http/router/extension.ts'
import { extension } from './extension.ts'

const TYPE = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER =
  '{name: router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}'

const BASE = `
stat_prefix: in
http_filters: [${ROUTER}]
route_config:
  virtual_hosts:
  - name: v
    domains: ["*"]
    routes:
    - match: {prefix: /direct}
      direct_response: {status: 200, body: {inline_string: hello}}
    - match: {prefix: /moved}
      redirect: {path_redirect: /new}
`

interface Read {
  readonly config: ConnectionManagerConfig
  readonly findings: readonly string[]
}

function read(yaml: string): Read {
  const parsed = parseMessage(TYPE, yaml)
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => error.message).join())
  const context = createParseContext(new ExtensionRegistry([router]), {
    clusterNames: undefined,
    accessLogFiles: { open: () => ({ error: 'no files here' }) },
  })
  const tracked = trackingReader(TYPE, parsed.value)
  const config = extension.parse(tracked.reader, context)
  return { config, findings: tracked.end().map((error) => `${error.id} ${error.path}: ${error.message}`) }
}

function serve(more = ''): ManagerHarness {
  const { config, findings } = read(BASE + more)
  expect(findings).toEqual([])
  return new ManagerHarness({ config })
}

describe('a connection manager from configuration', () => {
  test('a mapper of local replies knows how long it took', () => {
    const h = serve(`request_headers_timeout: 0.2s
local_reply_config:
  mappers:
  - filter: {duration_filter: {comparison: {op: GE, value: {default_value: 150, runtime_key: k}}}}
    body: {inline_string: "after %DURATION%"}
    body_format_override: {text_format_source: {inline_string: "%LOCAL_REPLY_BODY% (%DURATION%)"}}
`)
    h.connection.receive('GET /direct HTTP/1.1\r\n')
    h.dispatcher.advance(200)
    expect(h.connection.take()).toMatch(/after %DURATION% \(200\)$/)
  })

  test('answers a direct response and keeps the connection', () => {
    const h = serve()
    const out = h.exchange('GET /direct HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(out).toBe(
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-type: text/plain\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\nserver: envoy\r\n\r\nhello',
    )
    expect(h.connection.state).toBe('open')
    expect(h.scope.valueOf('http.in.rq_direct_response')).toBe(1)
  })

  test('closes after a direct response to a POST whose body was not read', () => {
    const h = serve()
    const out = h.exchange('POST /direct HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nabcd')
    expect(out).toEndWith('connection: close\r\n\r\nhello')
    expect(h.connection.closedBy).toBe('flush-write-and-delay')
  })

  test('has nothing for an unknown path', () => {
    const h = serve()
    expect(h.exchange('GET /none HTTP/1.1\r\nhost: a\r\n\r\n')).toBe(
      'HTTP/1.1 404 Not Found\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\nserver: envoy\r\ncontent-length: 0\r\n\r\n',
    )
    expect(h.exchange('HEAD /none HTTP/1.1\r\nhost: a\r\n\r\n')).toContain('transfer-encoding: chunked')
    expect(h.connection.state).toBe('open')
  })

  test('refuses an upgrade that is not configured where there is a route', () => {
    const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\n\r\n'
    expect(serve().exchange(`GET /direct HTTP/1.1\r\nhost: a\r\n${upgrade}`)).toStartWith('HTTP/1.1 403 Forbidden\r\n')
    expect(serve().exchange(`GET /none HTTP/1.1\r\nhost: a\r\n${upgrade}`)).toStartWith('HTTP/1.1 404 Not Found\r\n')
  })

  test('answers gRPC clients in their own way', () => {
    const out = serve().exchange('GET /none HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc\r\n\r\n')
    expect(out).toStartWith('HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: 12\r\n')
  })

  test('speaks to HTTP/1.0 clients when told to', () => {
    const h = serve('http_protocol_options: {accept_http_10: true, default_host_for_http_10: d}')
    expect(h.exchange('GET /direct HTTP/1.0\r\n\r\n')).toStartWith('HTTP/1.0 200 OK\r\n')
    expect(h.connection.state).toBe('closed')
  })

  test('redirects to the path without escaped slashes', () => {
    const h = serve('path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT\nnormalize_path: true')
    const out = h.exchange('GET /x/..%2Fdirect HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(out).toStartWith('HTTP/1.1 307 Temporary Redirect\r\nlocation: /direct\r\n')
    expect(h.stat('downstream_rq_redirected_with_normalized_path')).toBe(1)
  })

  test('rewrites its own replies, but not those of upstreams', () => {
    const h = serve(`
local_reply_config:
  mappers:
  - filter: {status_code_filter: {comparison: {op: EQ, value: {default_value: 404, runtime_key: k}}}}
    status_code: 500
    body: {inline_string: nope}
  body_format: {json_format: {b: "%LOCAL_REPLY_BODY%", c: "%RESPONSE_CODE%"}}
`)
    const out = h.exchange('GET /none HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(out).toStartWith(
      'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 21\r\ncontent-type: application/json\r\n',
    )
    expect(out).toEndWith('{"b":"nope","c":500}\n')
  })

  test('writes proper-case names when told to', () => {
    const h = serve('http_protocol_options: {header_key_format: {proper_case_words: {}}}')
    expect(h.exchange('GET /direct HTTP/1.1\r\nhost: a\r\n\r\n')).toContain(
      'Content-Length: 5\r\nContent-Type: text/plain',
    )
  })
})

describe('findings', () => {
  const cases: readonly [string, string, string][] = [
    ['an unsupported codec', 'codec_type: HTTP2', 'codec_type HTTP2'],
    ['options of HTTP/2 with AUTO', 'http2_protocol_options: {max_concurrent_streams: 5}', 'http2_protocol_options'],
    ['a tracer', 'tracing: {provider: {name: envoy.tracers.zipkin}}', 'provider'],
    [
      'a header validator',
      `typed_header_validation_config: {name: v, typed_config: {"@type": type.googleapis.com/envoy.extensions.http.header_validators.envoy_default.v3.HeaderValidatorConfig}}`,
      "This Envoy binary does not support header validator extensions.: 'v'",
    ],
    [
      'a limit of responses',
      'common_http_protocol_options: {max_response_headers_kb: 10}',
      'max_response_headers_kb cannot be set on http_connection_manager.',
    ],
    ['a route table from nowhere', 'rds: {route_config_name: r}', "must have either a 'config_source'"],
    ['two kinds of port stripping', 'strip_matching_host_port: true\nstrip_any_host_port: true', 'Only one of'],
    [
      'an upgrade twice',
      'upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: WebSocket}]',
      "multiple upgrade configs with the same name: 'WebSocket'",
    ],
    [
      'access log options in two places',
      'access_log_flush_interval: 1s\naccess_log_options: {access_log_flush_interval: 2s}',
      'Only one of access_log_flush_interval or access_log_options can be specified.',
    ],
  ]
  for (const [name, yaml, text] of cases) {
    test(name, () => {
      const base = yaml.startsWith('rds') ? BASE.replace(/route_config:[^]*/, '') : BASE
      const { findings } = read(base + yaml)
      expect(findings.length).toBe(1)
      expect(findings[0]).toContain(text)
    })
  }

  test('a terminal filter that is not the last one', () => {
    const { findings } = read(`stat_prefix: in\nroute_config: {}\nhttp_filters: [${ROUTER}, ${ROUTER}]`)
    expect(findings).toEqual([
      expect.stringContaining(
        'Error: terminal filter named router of type envoy.filters.http.router must be the last filter in a http filter chain.',
      ),
    ])
  })

  test('options that change nothing are accepted', () => {
    const yaml = 'codec_type: HTTP1\nhttp2_protocol_options: {}\nhttp3_protocol_options: {}\nstream_flush_timeout: 5s'
    expect(read(BASE + yaml).findings).toEqual([])
  })
})
