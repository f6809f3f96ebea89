/* What Envoy 1.40 prints for the expressions with %CEL()%, given the same request. */
import { describe, expect, test } from 'bun:test'
import { route, table } from '../../test/support/route-table.ts'
import { newRequestHeaders } from '../codec/headers/request-headers.ts'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { toWireText } from '../base/wire-text.ts'
import { StreamRecord } from '../network/stream-info.ts'
import type { CelData } from './cel-data.ts'
import { DEFAULT_CEL_OPTIONS } from './cel-functions.ts'
import type { CelExpression } from './compile-cel.ts'
import { compileCelMessage, compileCelText } from './compile-cel.ts'

const VECTORS: readonly (readonly [expression: string, printed: string | undefined])[] = [
  ['request.path', '/p/a?x=1&y=2'],
  ['request.url_path', '/p/a'],
  ['request.query', 'x=1&y=2'],
  ['request.host', 'a.test:80'],
  ['request.scheme', 'http'],
  ['request.method', 'POST'],
  ['request.referer', 'http://ref/'],
  ['request.useragent', 'ua'],
  ['request.size', '3'],
  ['request.protocol', 'HTTP/1.1'],
  ["request.headers['X-Two']", '1,2'],
  ['request.headers.none', undefined],
  ["'x-two' in request.headers", 'true'],
  ["'none' in request.headers", 'false'],
  ['has(request.headers.none)', 'false'],
  ['request.headers', 'CelMap value'],
  ['request.nothing', undefined],
  ['response.code', '204'],
  ['response.code_details', 'direct_response'],
  ['response.flags', '0'],
  ['response.size', '0'],
  ['response.grpc_status', '2'],
  ["response.headers['date'] != ''", 'true'],
  ['response.trailers', 'CelMap value'],
  ['has(response.backend_latency)', 'false'],
  ['connection.mtls', 'false'],
  ['connection.requested_server_name', ''],
  ['connection.tls_version', undefined],
  ['has(connection.tls_version)', 'false'],
  ["source.address.startsWith('127.0.0.1:')", 'true'],
  ['destination.port > 0', 'true'],
  ['type(destination.port) == int', 'true'],
  ['type(connection.id) == uint', 'true'],
  ['upstream.address', undefined],
  ['upstream.request_attempt_count', '0'],
  ["metadata.filter_metadata['ns']['a']['b']", 'c'],
  ['metadata.filter_metadata.ns.t', 'true'],
  ["metadata.filter_metadata['none']", undefined],
  ["metadata.filter_metadata['none']['x']", undefined],
  ["filter_state['fs']", 'hello'],
  ["filter_state['fs'] == b'hello'", 'true'],
  ['filter_state.none', undefined],
  ['xds.node.id', 'nid'],
  ['xds.node.cluster', 'nc'],
  ['xds.node.metadata.x', 'y'],
  ['xds.node.locality.zone', 'z'],
  ['xds.cluster_name', undefined],
  ['xds.route_name', 'rt'],
  ["xds.route_metadata.filter_metadata['m']['k']", 'v'],
  ['xds.virtual_host_name', 'v'],
  ['xds.listener_direction', '0'],
  ['xds.filter_chain_name', ''],
  ['1 + 2', '3'],
  ['1 / 0', undefined],
  ['1.0 / 3.0', '0.333333'],
  ['1e10', '1e+10'],
  ['123456789.0', '1.23457e+08'],
  ['0.00001', '1e-05'],
  ['-1.5', '-1.5'],
  ['5u', '5'],
  ["'a' + 'b'", undefined],
  ['[1] + [2]', undefined],
  ["b'ab'", 'ab'],
  ['null', 'NULL'],
  ["{'a': 1}", 'CelMap value'],
  ['[1, 2]', 'CelList value'],
  ["{'a': 1}['a']", '1'],
  ['[1, 2][1]', '2'],
  ['[1, 2][5]', undefined],
  ["duration('1.5s')", '1.5s'],
  ["duration('90s')", '1m30s'],
  ["duration('3661s')", '1h1m1s'],
  ["duration('1500us')", '1.5ms'],
  ["duration('0s')", '0'],
  ["timestamp('2020-01-01T00:00:00Z')", '2020-01-01T00:00:00+00:00'],
  ["timestamp('2020-01-01T00:00:00.25Z')", '2020-01-01T00:00:00.25+00:00'],
  ["timestamp('2020-01-01T00:00:00Z').getFullYear()", '2020'],
  ["timestamp('2020-01-01T00:00:00Z') + duration('1h')", '2020-01-01T01:00:00+00:00'],
  ["int('42') + 1", '43'],
  ["int(request.headers['x-num']) > 41", 'true'],
  ["int(request.headers['x-two'])", undefined],
  ["double('1.5')", '1.5'],
  ['uint(3)', '3'],
  ["bool('true')", 'true'],
  ["bytes('abc')", 'abc'],
  ['type(1)', 'CelType value'],
  ["type('a')", 'CelType value'],
  ['int', 'CelType value'],
  ['1 == 1.0', 'true'],
  ["1 == 'a'", 'false'],
  ["'a' == 'a' || foo", 'true'],
  ["foo || 'a' == 'a'", 'true'],
  ['foo && false', 'false'],
  ['foo', undefined],
  ["true ? 'x' : 'y'", 'x'],
  ["size('héé')", '3'],
  ["'abc'.contains('b')", 'true'],
  ["'abc'.endsWith('c')", 'true'],
  ["'abc'.matches('^a.c$')", 'true'],
  ["matches('abc', 'b')", 'true'],
  ["startsWith('abc', 'a')", 'true'],
  ["re.capture('foo-123', 'foo-([0-9]+)')", '123'],
  ["re.extract('foo-123', '([a-z]+)-([0-9]+)', '\\\\2.\\\\1')", '123.foo'],
  ["re.capture('foo', 'bar(.)')", undefined],
  ['1 in [1, 2]', 'true'],
  ["'a' in {'a': 1}", 'true'],
  ['1 < 2.5', 'true'],
  ['1u < 2', 'true'],
  ["'a' < 'b'", 'true'],
  ['!true', 'false'],
  ['-(5)', '-5'],
  ['5 % 3', '2'],
  ["request.time > timestamp('2020-01-01T00:00:00Z')", 'true'],
  ['dyn(1) == 1', 'true'],
  ['google.protobuf.Duration{seconds: 3}', '3s'],
  ["request['path']", '/p/a?x=1&y=2'],
  ["request.path == '/p/a?x=1&y=2'", 'true'],
]

const ROUTE = '{name: rt, match: {prefix: /}, direct_response: {status: 204}, metadata: {filter_metadata: {m: {k: v}}}}'
const TABLE = table(`{name: r, virtual_hosts: [{name: v, domains: ["*"], routes: [${ROUTE}]}]}`)

function compiled(text: string, options = DEFAULT_CEL_OPTIONS): CelExpression {
  const made = compileCelText(text, options)
  if (!made.ok) throw new Error(made.message)
  return made.expression
}

function problem(text: string, options = DEFAULT_CEL_OPTIONS): string {
  const made = compileCelText(text, options)
  return made.ok ? '' : `${made.stage}: ${made.message}`
}

function exampleData(): CelData {
  const local = { kind: 'ip', family: 4, ip: '127.0.0.1', port: 80, text: '127.0.0.1:80' } as const
  const remote = { kind: 'ip', family: 4, ip: '127.0.0.1', port: 4000, text: '127.0.0.1:4000' } as const
  const connection = {
    localAddress: local,
    remoteAddress: remote,
    directRemoteAddress: remote,
    requestedServerName: '',
    detectedTransportProtocol: '',
    requestedApplicationProtocols: [],
    nextProtocol: '',
  }
  const streamInfo = new StreamRecord(0, 1_700_000_000_000, connection, 7, undefined, undefined)
  streamInfo.protocol = 'HTTP/1.1'
  streamInfo.responseCode = 204
  streamInfo.responseCodeDetails = 'direct_response'
  streamInfo.bytesReceived = 3
  streamInfo.setDynamicMetadata('ns', { a: { b: 'c' }, t: true })
  streamInfo.filterState.set('fs', { serializeAsString: () => 'hello' })
  streamInfo.filterChain = { name: '', metadata: undefined, listener: { name: 'l', metadata: undefined } }
  const request = newRequestHeaders('POST', '/p/a?x=1&y=2', 'a.test:80')
  request.scheme = 'http'
  const lines = ['user-agent: ua', 'referer: http://ref/', 'x-two: 1', 'x-two: 2', 'x-num: 42', 'content-length: 3']
  for (const line of lines) request.add(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2))
  // There is no route without it.
  request.set('x-forwarded-proto', 'http')
  streamInfo.route = route(TABLE, request)
  request.remove('x-forwarded-proto')
  const response = newResponseHeaders(204)
  response.set('date', 'now')
  const localInfo = {
    nodeId: 'nid',
    clusterName: 'nc',
    zone: 'z',
    region: '',
    subZone: '',
    localAddress: '',
    nodeMetadata: { x: 'y' },
    buildVersion: '',
  }
  return { streamInfo, request, response, localInfo, listenerDirection: 0 }
}

describe('CEL', () => {
  const data = exampleData()
  for (const [expression, printed] of VECTORS) {
    test(expression, () => expect(compiled(expression).print(data)).toBe(printed))
  }

  test('counts names of headers and pseudo-headers', () => {
    expect(compiled('size(request.headers)').print(data)).toBe('9')
  })

  test('a text that is no number', () => {
    expect(compiled("double('x')").print(data)).toBeUndefined()
    expect(compiled("double('1.5e3')").print(data)).toBe('1500')
  })

  test('matches only what is true', () => {
    expect(compiled("request.method == 'POST'").matches(data)).toBe(true)
    expect(compiled('request.method').matches(data)).toBe(false)
    expect(compiled("request.nothing == 'x'").matches(data)).toBe(false)
    expect(compiled('constructor').matches(data)).toBe(false)
    expect(compiled('request.constructor').print(data)).toBeUndefined()
  })

  test('keeps types in JSON', () => {
    expect(compiled("{'a': [1, 2.5, true, null, 'x'], 'd': duration('1.5s')}").json(data)).toEqual({
      a: [1, 2.5, true, null, 'x'],
      d: '1.500s',
    })
  })

  test('headers as a whole are an object of JSON, with one member for each name', () => {
    const request = newRequestHeaders('GET', '/', 'a')
    request.add('x-a', '1')
    request.add('x-a', '2')
    const headers = { ':authority': 'a', ':method': 'GET', ':path': '/', 'x-a': '1,2' }
    expect(compiled('[request.headers]').json({ ...data, request })).toEqual([headers])
    expect(compiled('response.headers').json({ ...data, response: undefined })).toEqual({})
  })

  test.each(['request', '[xds]', "{'a': filter_state}", 'type(1)', "[1, type('a')]", '{true: 1}'])(
    '%s has no form in JSON',
    (expression) => expect(compiled(expression).json(data)).toBeUndefined(),
  )

  test('fields of messages that have their default are left out of JSON', () => {
    expect(
      compiled('[metadata]').json({
        ...data,
        streamInfo: new StreamRecord(0, 0, data.streamInfo.connection, 7, undefined, undefined),
      }),
    ).toEqual([{}])
  })

  test('bytes that are no UTF-8 stay what they are', () => {
    expect(toWireText(compiled("b'\\xff'").print(data)!)).toBe('\u00ff')
  })

  test('text that is not ASCII', () => {
    const request = newRequestHeaders('GET', '/\u00c3\u00bc', 'a')
    expect(compiled("request.path == '/ü'").matches({ ...data, request })).toBe(true)
  })
})

describe('CEL that Envoy refuses', () => {
  const overload = 'create: failed to create an expression: No overload found in reference resolve step for '

  test('functions that are not there or not turned on', () => {
    expect(problem('nofunc(1)')).toBe(`${overload}nofunc`)
    expect(problem('a.b.c(1)')).toBe(`${overload}c`)
    expect(problem('string(1)')).toBe(`${overload}string`)
    expect(problem("'a'.lowerAscii()")).toBe(`${overload}lowerAscii`)
    expect(problem('[1].exists(x, x == 1)')).toContain('Comprehension support is disabled')
    expect(problem("'a'.matches('[')")).toContain('invalid regular expression')
    expect(problem('1 +')).toStartWith('syntax: ')
  })

  test('what options turn on', () => {
    const options = { stringConversion: true, stringConcat: true, stringFunctions: true }
    const data = exampleData()
    expect(compiled("string(1) + 'b'", options).print(data)).toBe('1b')
    expect(compiled("'aB'.lowerAscii() + 'x'.replace('x', 'y')", options).print(data)).toBe('aby')
    expect(compiled("'a b'.split(' ')[1]", options).print(data)).toBe('b')
    expect(compiled("'abc'.reverse()", options).print(data)).toBe('cba')
  })
})

test('CEL: a syntax tree of a configuration', () => {
  const path = { select_expr: { operand: { ident_expr: { name: 'request' } }, field: 'url_path' } }
  const made = compileCelMessage({
    call_expr: { function: '_==_', args: [path, { const_expr: { string_value: '/p/a' } }] },
  })
  expect(made.ok && made.expression.matches(exampleData())).toBe(true)
  const number = compileCelMessage({
    call_expr: { function: '_>_', args: [{ const_expr: { int64_value: '5' } }, { const_expr: { int64_value: '4' } }] },
  })
  expect(number.ok && number.expression.matches(exampleData())).toBe(true)
  const nameless = compileCelMessage({ ident_expr: { name: '' } })
  expect(nameless.ok ? undefined : nameless.message).toEndWith(
    "Invalid expression: identifier 'name' must not be empty",
  )
})
