/*
 * Connection managers whose settings are chosen by chance, all together and the same in every run, and requests put together
 * in the same way: replies, what the upstream sees, and the log.
 */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { Dice } from './support/dice.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const HTTP = 'type.googleapis.com/envoy.extensions.http'
const range = (address_prefix: string, prefix_len = 8) => ({ address_prefix, prefix_len })
const detection = (type: string, config: object) => ({
  name: type,
  typed_config: { '@type': `${HTTP}.original_ip_detection.${type}`, ...config },
})
const header = (key: string, value: string, append_action = 'APPEND_IF_EXISTS_OR_ADD') => ({
  header: { key, value },
  append_action,
})
const source = (inline_string: string) => ({ text_format_source: { inline_string } })
const uuid = (config: object) => ({
  typed_config: { '@type': `type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig`, ...config },
})

type Maker = (dice: Dice) => object

const CASES: Maker[] = [
  () => ({ proper_case_words: {} }),
  (dice) => ({
    stateful_formatter: {
      name: 'preserve_case',
      typed_config: {
        '@type': `${HTTP}.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig`,
        ...(dice.oneIn(2) && { forward_reason_phrase: true }),
        ...(dice.oneIn(2) && { formatter_type_on_envoy_headers: dice.oneOf(['DEFAULT', 'PROPER_CASE']) }),
      },
    },
  }),
]

const oneHeader: Maker = (dice) => dice.oneOf(CASES)(dice)

const HTTP1: Readonly<Record<string, (dice: Dice) => unknown>> = {
  allow_absolute_url: (dice) => dice.oneIn(3),
  accept_http_10: () => true,
  default_host_for_http_10: () => 'default.test',
  header_key_format: oneHeader,
  enable_trailers: () => true,
  allow_chunked_length: () => true,
  override_stream_error_on_invalid_http_message: (dice) => dice.oneIn(2),
  ignore_http_11_upgrade: () => [{ prefix: 'foo' }],
  allow_custom_methods: () => true,
}
const COMMON: Readonly<Record<string, (dice: Dice) => unknown>> = {
  max_requests_per_connection: (dice) => 1 + dice.roll(2),
  max_headers_count: (dice) => 3 + dice.roll(6),
  headers_with_underscores_action: (dice) => dice.oneOf(['REJECT_REQUEST', 'DROP_HEADER', 'ALLOW']),
}
const REPLY: Maker = (dice) => ({
  mappers: dice.some(0, 3, () => ({
    filter: dice.oneOf<object>([
      {
        status_code_filter: {
          comparison: { op: dice.oneOf(['GE', 'EQ', 'LE', 'NE']), value: { default_value: 404, runtime_key: 'x' } },
        },
      },
      { response_flag_filter: { flags: dice.some(0, 2, () => dice.oneOf(['NR', 'UF', 'DPE', 'UC'])) } },
      { header_filter: { header: { name: 'x-a', present_match: true } } },
      { not_health_check_filter: {} },
      { duration_filter: { comparison: { op: 'GE', value: { default_value: 0, runtime_key: 'y' } } } },
    ]),
    ...(dice.oneIn(2) && { status_code: dice.oneOf([200, 455, 503, 599]) }),
    ...(dice.oneIn(2) && { body: { inline_string: dice.oneOf(['', 'mapped', 'was %LOCAL_REPLY_BODY% %REQ(x-a)%']) } }),
    ...(dice.oneIn(3) && {
      body_format_override: dice.oneOf<object>([
        source('<%LOCAL_REPLY_BODY%> %RESPONSE_CODE% %RESPONSE_CODE_DETAILS%'),
        { json_format: { code: '%RESPONSE_CODE%', path: '%REQ(:path)%', body: '%LOCAL_REPLY_BODY%' } },
        { ...source('%RESPONSE_FLAGS%'), content_type: 'text/flags', omit_empty_values: true },
      ]),
    }),
    ...(dice.oneIn(2) && {
      headers_to_add: [
        header(
          dice.oneOf(['x-reply', 'content-type', 'server', 'x-details', 'content-length']),
          dice.oneOf(['v', '%RESPONSE_CODE%', '%REQ(x-a)%']),
          dice.oneOf(['APPEND_IF_EXISTS_OR_ADD', 'OVERWRITE_IF_EXISTS', 'ADD_IF_ABSENT', 'OVERWRITE_IF_EXISTS_OR_ADD']),
        ),
      ],
    }),
  })),
  ...(dice.oneIn(2) && {
    body_format: dice.oneOf<object>([
      source('%LOCAL_REPLY_BODY% %REQ(:authority)%\n'),
      { json_format: { a: ['%RESPONSE_CODE%', { b: '%PROTOCOL%' }], n: '%REQ(none)%' }, content_type: 'application/x' },
    ]),
  }),
})

const FIELDS: Readonly<Record<string, (dice: Dice) => unknown>> = {
  use_remote_address: () => true,
  xff_num_trusted_hops: (dice) => dice.roll(3),
  skip_xff_append: () => true,
  append_x_forwarded_port: () => true,
  internal_address_config: (dice) => ({
    cidr_ranges: dice.some(0, 3, () => dice.oneOf([range('127.0.0.0'), range('10.0.0.0'), range('1.2.3.4', 32)])),
  }),
  via: () => 'edge-1',
  server_name: () => 'mine',
  server_header_transformation: (dice) => dice.oneOf(['OVERWRITE', 'APPEND_IF_ABSENT', 'PASS_THROUGH']),
  add_user_agent: () => true,
  generate_request_id: (dice) => dice.oneIn(2),
  preserve_external_request_id: () => true,
  always_set_request_id_in_response: () => true,
  request_id_extension: (dice) => uuid({ pack_trace_reason: dice.oneIn(2) }),
  normalize_path: () => true,
  merge_slashes: () => true,
  path_with_escaped_slashes_action: (dice) =>
    dice.oneOf(['KEEP_UNCHANGED', 'REJECT_REQUEST', 'UNESCAPE_AND_REDIRECT', 'UNESCAPE_AND_FORWARD']),
  strip_trailing_host_dot: () => true,
  scheme_header_transformation: (dice) =>
    dice.oneOf<object>([
      { scheme_to_overwrite: 'https' },
      { scheme_to_overwrite: 'http' },
      { match_upstream: true },
      { match_upstream: true, scheme_to_overwrite: 'https' },
    ]),
  forward_client_cert_details: (dice) =>
    dice.oneOf(['SANITIZE', 'FORWARD_ONLY', 'APPEND_FORWARD', 'SANITIZE_SET', 'ALWAYS_FORWARD_ONLY']),
  set_current_client_cert_details: (dice) => ({ subject: true, cert: dice.oneIn(2), dns: true, uri: dice.oneIn(2) }),
  proxy_100_continue: () => true,
  stream_error_on_invalid_http_message: () => true,
  upgrade_configs: (dice) =>
    ['WebSocket', 'foo', 'CONNECT']
      .filter(() => dice.oneIn(2))
      .map((upgrade_type) => ({
        upgrade_type,
        ...(dice.oneIn(3) && { enabled: dice.oneIn(2) }),
      })),
  local_reply_config: REPLY,
  proxy_status_config: (dice) => ({
    ...(dice.oneIn(2) && { remove_details: true }),
    ...(dice.oneIn(2) && { remove_connection_termination_details: true }),
    ...(dice.oneIn(2) && { remove_response_flags: true }),
    ...(dice.oneIn(2) && { set_recommended_response_code: true }),
    ...(dice.oneIn(2) ? { use_node_id: true } : dice.oneIn(2) && { literal_proxy_name: 'p' }),
  }),
  max_request_headers_kb: () => 1,
  early_header_mutation_extensions: (dice) => [
    {
      name: 'early',
      typed_config: {
        '@type': `${HTTP}.early_header_mutation.header_mutation.v3.HeaderMutation`,
        mutations: dice.some(1, 3, () =>
          dice.oneOf<object>([
            { append: header('x-early', '%REQ(x-a)% %REQ(:path)%') },
            { append: header('x-envoy-retry-on', '5xx', 'OVERWRITE_IF_EXISTS_OR_ADD') },
            { append: header('x-forwarded-for', '10.9.9.9') },
            { append: header('x-forwarded-proto', 'https', 'OVERWRITE_IF_EXISTS_OR_ADD') },
            { remove: 'x-a' },
            { remove: 'x-request-id' },
          ]),
        ),
      },
    },
  ],
}

function pick(dice: Dice, from: Readonly<Record<string, (dice: Dice) => unknown>>, oneIn: number): object {
  const chosen = Object.entries(from).filter(() => dice.oneIn(oneIn))
  return Object.fromEntries(chosen.map(([name, make]) => [name, make(dice)]))
}

function manager(dice: Dice): object {
  const fields: Record<string, unknown> = { ...pick(dice, FIELDS, 4) }
  if (dice.oneIn(3)) fields[dice.oneOf(['strip_matching_host_port', 'strip_any_host_port'])] = true
  if (dice.oneIn(5)) {
    // They exclude each other.
    delete fields['use_remote_address']
    delete fields['xff_num_trusted_hops']
    fields['original_ip_detection_extensions'] = dice.some(1, 2, () =>
      dice.oneOf([
        detection('xff.v3.XffConfig', { xff_num_trusted_hops: dice.roll(2) }),
        detection('xff.v3.XffConfig', {
          xff_trusted_cidrs: { cidrs: [range('127.0.0.0'), range('10.0.0.0')] },
          skip_xff_append: dice.oneIn(2),
        }),
        detection('custom_header.v3.CustomHeaderConfig', {
          header_name: 'x-real',
          allow_extension_to_set_address_as_trusted: dice.oneIn(2),
          ...(dice.oneIn(3) && { reject_with_status: { code: 'BadRequest' } }),
        }),
      ]),
    )
  }
  const http1 = pick(dice, HTTP1, 4)
  const common = pick(dice, COMMON, 6)
  if (Object.keys(http1).length > 0) fields['http_protocol_options'] = http1
  if (Object.keys(common).length > 0) fields['common_http_protocol_options'] = common
  return fields
}

const TARGETS = [
  '/app',
  '/app?q=1&b=%2f',
  '/app/a/../b',
  '/app//x',
  '/app/%2e%2e/direct',
  '/app%2Fx',
  '/app/a%5Cb',
  '/app/a\\b',
  '/app/./x/.',
  '/app#frag',
  '/direct',
  '/direct?x',
  '/redirect/a?b',
  '/dead',
  '/nope',
  '/',
  '/app/..%2fx',
  '/app/%00',
  '/app/%zz/%C3%A4',
  'http://abs.test/app',
  'https://abs.test:444/app?x',
  'http://abs.test',
  '*',
  'app',
]
const METHODS = ['GET', 'GET', 'GET', 'POST', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'FOO', 'CONNECT']
const HOSTS = ['a.test', 'A.TEST', 'a.test.', 'a.test:80', 'a.test.:8080', '[::1]:80', '127.0.0.1:81', '', 'a.test:x']
const LINES = [
  'X-A: one',
  'x-a: two, three',
  'X_Under: 1',
  'x-forwarded-for: 1.2.3.4',
  'x-forwarded-for: 10.1.1.1',
  'X-Forwarded-For: 5.6.7.8, 10.1.1.1 ,1.2.3.4',
  'x-forwarded-proto: https',
  'x-forwarded-proto: ftp',
  'x-forwarded-port: 99',
  'x-forwarded-host: other',
  'x-request-id: 01234567-89ab-4cde-8f01-23456789abcd',
  'x-request-id: own',
  'x-envoy-internal: true',
  'x-envoy-external-address: 9.9.9.9',
  'x-envoy-retry-on: 5xx',
  'x-envoy-force-trace: 1',
  'x-envoy-decorator-operation: op',
  'x-envoy-downstream-service-cluster: c',
  'x-client-trace-id: 7',
  'x-real: 7.7.7.7',
  'x-real: no address',
  'x-forwarded-client-cert: By=a;Hash=b',
  'User-Agent: me',
  'user-agent: Envoy/HC',
  'via: 1.0 other',
  'server: client',
  'te: trailers, gzip',
  'te: gzip',
  'Keep-Alive: 3',
  'proxy-connection: x',
  'Expect: 100-continue',
  'expect: else',
  'content-type: application/grpc',
  'cookie: a=1',
  'cookie: b=2',
  'transfer-encoding: gzip',
  'trailer: x-t',
  'bad name: 1',
  'x-obs: a',
  'x-empty:',
  'referer: http://x/',
  'date: yesterday',
  ':authority: pseudo',
]
const ORDERS = [
  'status=200',
  'status=204',
  'status=304',
  'status=503;header=Server: up',
  'status=404;header=Via: 1.1 up',
  'chunked',
  'header=X-Up_Under: 1',
  'header=Proxy-Status: up; error=x',
  'header=x-request-id: theirs',
  'header=Connection: x-hop',
  'reset',
  'garbage',
  'close',
  'websocket',
]

interface Asked {
  readonly bytes: string
  readonly upgrade: boolean
}

/** Whatever it is, the connection ends afterwards. */
function request(dice: Dice): Asked {
  const method = dice.oneOf(METHODS)
  const target = method === 'CONNECT' ? dice.oneOf(['a.test:80', '/app']) : dice.oneOf(TARGETS)
  const version = dice.oneOf(['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'])
  const hosts = dice.oneIn(15) ? [] : [`${dice.oneOf(['Host', 'host', 'HOST'])}: ${dice.oneOf(HOSTS)}`]
  const order = dice.oneIn(3) ? dice.oneOf(ORDERS) : 'status=200'
  const lines = [...hosts, `x-do: ${order}`, ...dice.some(0, 5, () => dice.oneOf(LINES))]
  const upgrade = dice.oneIn(10)
  if (upgrade) lines.push('Connection: Upgrade', `Upgrade: ${dice.oneOf(['websocket', 'foo', 'foo/1, bar', 'h2c'])}`)
  else lines.push(`Connection: ${dice.oneOf(['close', 'close, x-a', 'Close'])}`)
  let body = ''
  if (method === 'POST' || method === 'PUT') {
    const chunked = dice.oneIn(2)
    if (chunked || dice.oneIn(10)) lines.push('Transfer-Encoding: chunked')
    if (!chunked || dice.oneIn(10)) lines.push('Content-Length: 3')
    body = chunked ? `3\r\nabc\r\n0\r\n${dice.oneIn(3) ? 'X-T: 1\r\n' : ''}\r\n` : 'abc'
  }
  return { bytes: `${method} ${target} ${version}\r\n${lines.join('\r\n')}\r\n\r\n${body}`, upgrade }
}

const LOG = textFormat(
  '%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %REQ(:AUTHORITY)% %REQ(:SCHEME)% %PROTOCOL% %RESPONSE_CODE% ' +
    '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %BYTES_RECEIVED% %BYTES_SENT% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% ' +
    '%REQ(X-REQUEST-ID)% %REQ(X-FORWARDED-FOR)% %ROUTE_NAME% %REQUESTED_SERVER_NAME(HOST_FIRST)%',
)

const SEED = 3
const MANAGERS = 30
const REQUESTS = 30
const dice = new Dice(SEED)
const NAMES = Array.from({ length: MANAGERS }, (_, i) => `m${i}`)
const SETTINGS = NAMES.map(() => manager(dice))
const ASKED = NAMES.map(() => Array.from({ length: REQUESTS }, () => request(dice)))

const routes = (backend: string): readonly object[] => [
  { ...direct('/direct', 'hello'), name: 'direct' },
  { match: { prefix: '/redirect' }, redirect: { prefix_rewrite: '/app', port_redirect: 8443 } },
  routeTo('dead', '/dead'),
  { ...routeTo(backend, '/app', { prefix_rewrite: '/new' }), name: 'app' },
  { match: { connect_matcher: {} }, route: { cluster: backend } },
]

/** A head, and the end of a body; both programs write them at once, or nearly so. */
const COMPLETE = /^(?:HTTP\/1\.\d 100 Continue\r\n\r\nHTTP|HTTP(?!\/1\.\d 100))[^]*\r\n\r\n/

async function traffic(side: Side): Promise<void> {
  // What comes first takes its time.
  for (const path of ['/app', '/dead', '/direct']) {
    await side.exchange('m0', `GET ${path} HTTP/1.1\r\nhost: a.test\r\n\r\n`)
  }
  const waiting = [...NAMES.entries()]
  const next = async (): Promise<void> => {
    const [index = 0, name] = waiting.shift() ?? []
    if (name === undefined) return
    for (const [at, { bytes, upgrade }] of (ASKED[index] ?? []).entries()) {
      using client = await side.connect(name)
      client.write(bytes)
      if (upgrade) await client.until('\r\n\r\n').catch(() => {})
      else await client.until(COMPLETE)
      // Whoever upgraded stays; others need not wait for the delayed close.
      await Bun.sleep(upgrade ? 40 : 5)
      client.end()
      if (/\r\nconnection: close/i.test(client.received())) await client.closed()
      side.note(`${name} ${at} ${JSON.stringify(bytes)}`, client.received())
    }
    side.note(`seen by ${name}`, side.seenBy(name))
    await side.logLines(`${name}.log`, index === 0 ? REQUESTS + 3 : REQUESTS)
    side.noteFile(`${name}.log`)
    await next()
  }
  await Promise.all(Array.from({ length: 6 }, next))
}

differential('connection managers with generated settings', {
  backends: NAMES,
  flags: ['--service-cluster', 'cluster', '--service-node', 'node'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: NAMES.map((name, index) =>
        httpListener(name, {
          statPrefix: name,
          routes: routes(name),
          extra: {
            stream_idle_timeout: '2s',
            access_log: [fileLog(`${name}.log`, LOG)],
            ...SETTINGS[index],
          },
        }),
      ),
      clusters: [...NAMES.map((name) => staticCluster(name, [port(name)])), staticCluster('dead', [1])],
    },
  }),
  stats: /^http\.m\d+\./,
  volatile: /bytes|length_ms|active|destroy|rq_time|delayed_close|rx_reset|flow_control/,
  traffic,
})
