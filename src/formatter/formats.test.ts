/* Formats one by one; every output and refusal here is what the real Envoy 1.40 said. */
import { describe, expect, test } from 'bun:test'
import { newRequestHeaders } from '../codec/headers/request-headers.ts'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { newTrailers } from '../codec/headers/trailers.ts'
import { compileFormat } from './compile-format.ts'
import { exampleStream, printed } from './example-stream.test.ts'

const PRINTED: readonly (readonly [format: string, output: string])[] = [
  ['%START_TIME(%Y-%m-%dT%H:%M:%S%z %s)%', '2026-11-23T13:36:14+0000 1795440974'],
  ['%START_TIME(%3f %f %6f %9f %1f)%', '750 750000000 750000 750000000 7'],
  ['%START_TIME(%s%3f)%', '1795440974750'],
  ['%START_TIME(%%s %%3f)%', '%1795440974 %750'],
  ['%START_TIME(%E3S %E*S %E4Y %Ez %E*z %ET)%', '14.750 14.75 2026 +00:00 +00:00:00 T'],
  ['%START_TIME(%E6f %E*f %E0S %E1S %E9f %E12S %Ef)%', '750000 75 14 14.7 750000000 14.750000000000 %Ef'],
  ['%START_TIME(%Q %q %v %+ %: %K %L %N %O %i %J)%', '%Q %q %v %+ %: %K %L %N %O %i %J'],
  ['%START_TIME(%12f %3s)%', '        %12f 1795440974'],
  ['%START_TIME(%-d %_d %0e %^a %#Z %5Y %-H %_H %3d)%', '23 23 23 MON utc 02026 13 13 023'],
  ['%START_TIME(%-5d|%1I|%#P|%^P|%#c|%^f|%010v)%', '   23|01|pm|pm|Mon Nov 23 13:36:14 2026|%^F|00000%010v'],
  ['%START_TIME(%EY %Ea %OH %Oa %:::z %5z %-5z)%', '2026 %Ea 13 %Oa +00     +00000     +    0'],
  [
    '%START_TIME(%a %A %b %B %c %C %D %e %F %g %G %j)%',
    'Mon Monday Nov November Mon Nov 23 13:36:14 2026 20 11/23/26 23 2026-11-23 26 2026 327',
  ],
  [
    '%START_TIME(%I %k %l %p %P %r %R %T %u %U %V %w %W %y)%',
    '01 13  1 PM pm 01:36:14 PM 13:36 13:36:14 1 47 48 1 47 26',
  ],
  ['%START_TIME(a)b)%', 'a)b'],
  ['%START_TIME(%)%', '%'],
  ['%EMIT_TIME%', '2026-11-23T13:36:14.771Z'],
  ['%REQ(x-none?x-two)% %REQ(x-none?)% %REQ(?x-two)% %REQ(x-empty?x-two)%', '1 - 1 '],
  ['%REQ(x-quote):3%|%REQ(x-quote):0%|%REQ(X-Quote):00005%', 'say||say "'],
  ['%REQ(host)% %REQ(:host)% %REQ(:scheme)% %REQ(:protocol)%', 'a.test - http -'],
  ['%RESP(:status)%', '200'],
  ['%PATH% %PATH(WQ:ORIG)% %PATH(NQ:PATH):3% %PATH(:PATH)% %PATH:3%', '/p/a?a=1&b=2 - /p/ /p/a?a=1&b=2 /p/'],
  ['%PATH(WQ:PATH:x)%', '/p/a?a=1&b=2'],
  ['%QUERY_PARAM(b)% %QUERY_PARAM(c)% %QUERY_PARAM(B)% %QUERY_PARAMS% %QUERY_PARAMS:3%', '2 - - a=1&b=2 a=1'],
  [
    '%REQUESTED_SERVER_NAME(HOST_FIRST)% %REQUESTED_SERVER_NAME(SNI_FIRST:HOST)% %REQUESTED_SERVER_NAME(SNI_ONLY)%',
    'a.test a.test -',
  ],
  ['%COMMON_DURATION(DS_RX_BEG:DS_TX_END:ms)% %COMMON_DURATION(US_TX_BEG:US_TX_END:us)%', '21 6'],
  ['%COMMON_DURATION(DS_TX_END:DS_RX_BEG:us)% %COMMON_DURATION(x:DS_RX_END)% %COMMON_DURATION(DS_RX_BEG:)%', '- - -'],
  ['%DURATION% %REQUEST_DURATION% %RESPONSE_DURATION% %REQUEST_TX_DURATION% %RESPONSE_TX_DURATION%', '21 0 21 0 0'],
  ['%CLUSTER_METADATA(m:o:x)% %CLUSTER_METADATA(m:o:y)% %CLUSTER_METADATA(m:k:z)%', '1 [true,null,"s"] -'],
  ['%METADATA(ROUTE:m:k):1% %METADATA(ROUTE:m)% %METADATA(ROUTE)% %METADATA(LISTENER:m:k)%', 'r {"k":"rv"} - lv'],
  ['%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(24)% %UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(8)%', '127.0.0.0/24 127.0.0.0/8'],
  ['%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(0)% %DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(129)%', '0.0.0.0/0 127.0.0.1/32'],
  ['[%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(-1)%] %DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(/8)%', '[] 127.0.0.1'],
  ['%UPSTREAM_HOST_NAME_WITHOUT_PORT% %UPSTREAM_CONNECTION_IDS_ATTEMPTED% %LISTENER_NAME%', '127.0.0.1 2 L'],
  ['%UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_HEADER_BYTES_RECEIVED% %BYTES_RETRANSMITTED%', '255 52 0'],
  ['%ENVIRONMENT(NO_SUCH_VARIABLE):0% %FILTER_STATE(none:):2% %FILTER_STATE(none:PLAIN)%', '- - -'],
  ['%COALESCE({"operators":["ROUTE_NAME","PROTOCOL"]}):3%', 'rou'],
  [
    '%COALESCE({"operators":[{"command":"REQ","param":"x-none"},{"command":"REQ","param":":authority","max_length":3}]})%',
    'a.t',
  ],
  ['%COALESCE({"operators":[{"command":"REQ","param":"x-none"}]})%', '-'],
  ['%PROTOCOL()% %PROTOCOL%%%', 'HTTP/1.1 HTTP/1.1%'],
  ['%REQ(a%b)% %REQ(%)%', '- -'],
  ['héllo ☃', Buffer.from('héllo ☃').toString('latin1')],
]

const REFUSED: readonly (readonly [format: string, message: string])[] = [
  ['%START_TIME(%n)%', 'Invalid header configuration. Format string contains newline.'],
  ['%START_TIME:3%', 'START_TIME does not allow length to be specified.'],
  ['%REQ(x two)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%REQ(a)b)%', 'Invalid header configuration. Format string contains invalid characters.'],
  [
    '%REQ(x):99999999999999999999%',
    "Incorrect configuration: %REQ(x):99999999999999999999%. Couldn't find valid command at position 0",
  ],
  ['%REQ(a\nb)%', "Incorrect configuration: %REQ(a\nb)%. Couldn't find valid command at position 0"],
  ['%PATH(WQ:x)%', "Invalid PATH option: 'x', only 'ORIG'/'PATH'/'ORIG_OR_PATH' are allowed"],
  ['%PATH(wq)%', "Invalid PATH option: 'wq', only 'WQ'/'NQ' are allowed"],
  ['%QUERY_PARAMS(x)%', "Invalid QUERY_PARAMS option: 'x', only 'ORIG'/'DECODED' are allowed"],
  ['%COMMON_DURATION(a:b:c:d)%', 'Invalid common duration configuration: a:b:c:d.'],
  ['%COMMON_DURATION(a:b:)%', 'Invalid common duration precision: .'],
  ['%METADATA%', ' is not supported type of metadata'],
  ['%FILTER_STATE%', 'Invalid filter state configuration, key cannot be empty.'],
  ['%FILTER_STATE(a:FIELD)%', 'Invalid filter state serialize type, FIELD should be used with the field name.'],
  ['%FILTER_STATE(a:PLAIN:x)%', 'Invalid filter state serialize type, FIELD should be used with the field name.'],
  ['%FILTER_STATE(a:x)%', 'Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.'],
  [
    '%REQUESTED_SERVER_NAME(x)%',
    "Invalid REQUESTED_SERVER_NAME option: 'x', only 'SNI_ONLY'/'SNI_FIRST'/'HOST_FIRST' are allowed",
  ],
  [
    '%REQUESTED_SERVER_NAME(SNI_FIRST:x)%',
    "Invalid REQUESTED_SERVER_NAME option: 'x', only 'ORIG_OR_HOST'/'HOST'/'ORIG' are allowed",
  ],
  ['%GRPC_STATUS(x)%', 'GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER. Got: x'],
  ['%COALESCE({"operators":[]})%', "COALESCE: 'operators' array must not be empty"],
  ['%COALESCE([])%', "COALESCE: JSON configuration must contain 'operators' array"],
  [
    '%COALESCE({"operators":[{"command":"REQ","param":"x","max_length":-3}]})%',
    "COALESCE: failed to parse operator at index 0: 'max_length' must be a positive integer",
  ],
  ['%COALESCE({"operators":["REQ"]})%', 'COALESCE: failed to parse operator at index 0: REQ requires parameters'],
  ['a%%b%%%c', "Incorrect configuration: a%%b%%%c. Couldn't find valid command at position 6"],
  ['%_%', 'Not supported field in StreamInfo: _'],
  ['%VIRTUAL_HOST_NAME%', 'Not supported field in StreamInfo: VIRTUAL_HOST_NAME'],
]

describe('accepted formats', () => {
  for (const [format, output] of PRINTED) {
    test(format, () => expect(printed(format, exampleStream().context)).toBe(output))
  }
})

describe('refused formats', () => {
  for (const [format, message] of REFUSED) {
    test(format, () => expect(compileFormat(format, { unset: '-' })).toEqual({ ok: false, message }))
  }
})

test.each([
  ['%REQ(a:b)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%RESP(:)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%TRAILER(a?b:c)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%FILTER_STATE(a:b:c)%', 'Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.'],
  ['%FILTER_STATE(a:FIELD:)%', 'Invalid filter state serialize type, FIELD should be used with the field name.'],
  ['%DOWNSTREAM_PEER_CERT_V_START(%n)%', 'Invalid header configuration. Format string contains newline.'],
])('%s is refused', (format, message) => {
  expect(compileFormat(format, { unset: '-' })).toEqual({ ok: false, message })
})

test('CEL: text or, in JSON, the value with its type; a length cuts texts alone', () => {
  const { context } = exampleStream()
  expect(printed('%CEL(request.method)% %CEL(response.code + 1)% %CEL(request.nope)%', context)).toBe('POST 201 -')
  expect(printed('%CEL(request.method):2% %TYPED_CEL(1+1)%', context)).toBe('PO 2')
  const unknown = 'failed to create an expression: No overload found in reference resolve step for foo'
  expect(compileFormat('%CEL(foo(1))%', { unset: '-' })).toEqual({ ok: false, message: unknown })
})

test('header formats: an unset part is empty, but no flag is still "-"', () => {
  expect(printed('a-%REQ(:METHOD)%-%REQ(nope)%-%RESPONSE_FLAGS%', exampleStream().context, '')).toBe('a-POST---')
})

test('flags short and long, in the order of raising', () => {
  const { context, info } = exampleStream()
  info.setFlag('URX')
  info.setFlag('UF')
  const output = printed('%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG%', context)
  expect(output).toBe('URX,UF UpstreamRetryLimitExceeded,UpstreamConnectionFailure')
})

test('blanks in details become underscores unless they are allowed', () => {
  const { context, info } = exampleStream()
  info.responseCodeDetails = 'a b  c'
  expect(printed('%RESPONSE_CODE_DETAILS% %RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%', context)).toBe('a_b__c a b  c')
})

test('query parameters are percent-decoded, the first counts, `+` is no blank', () => {
  const { context } = exampleStream()
  context.request = newRequestHeaders('GET', '/p?a=1%202&b=x+y&e=&f&a=3&f%20g=1&z=%zz', 'a.test')
  const format =
    '[%QUERY_PARAM(a)%][%QUERY_PARAM(b)%][%QUERY_PARAM(e)%][%QUERY_PARAM(f)%][%QUERY_PARAM(f g)%][%QUERY_PARAM(z)%]'
  expect(printed(format, context)).toBe('[1 2][x+y][][][1][%zz]')
  context.request = newRequestHeaders('GET', '/direct?', 'a.test')
  expect(printed('%QUERY_PARAMS%', context)).toBe('')
})

test('a stream that never reached an upstream', () => {
  const { context, info } = exampleStream()
  info.upstream = undefined
  context.request = undefined
  const format =
    '%REQ(:METHOD)% %REQ(:PATH)% %UPSTREAM_HOST% %UPSTREAM_CONNECTION_ID% %UPSTREAM_REMOTE_PORT% %UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_DETECTED_CLOSE_TYPE% %REQUEST_HEADERS_BYTES%'
  expect(printed(format, context)).toBe('- - - 0 - 0 - 0')
})

describe('gRPC status', () => {
  const format = '%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS_NUMBER%'
  function grpc(headerStatus: string | undefined, trailerStatus: string | undefined, code: number): string {
    const { context, info } = exampleStream()
    context.request = newRequestHeaders('POST', '/s/m', 'a.test')
    context.request.add('content-type', 'application/grpc+proto')
    context.response = newResponseHeaders(code)
    if (headerStatus !== undefined) context.response.add('grpc-status', headerStatus)
    context.responseTrailers = newTrailers()
    if (trailerStatus !== undefined) context.responseTrailers.add('grpc-status', trailerStatus)
    info.responseCode = code
    return printed(format, context)
  }

  test('trailers, then headers, then the HTTP status', () => {
    expect(grpc('5', '1', 200)).toBe('Canceled CANCELLED 1')
    expect(grpc('5', undefined, 200)).toBe('NotFound NOT_FOUND 5')
    expect(grpc(undefined, undefined, 503)).toBe('Unavailable UNAVAILABLE 14')
    expect(grpc(undefined, undefined, 200)).toBe('Unknown UNKNOWN 2')
  })

  test('numbers that are no status, and no number', () => {
    expect(grpc('99', undefined, 200)).toBe('99 99 99')
    expect(grpc('x', undefined, 200)).toBe('-1 -1 -1')
  })
})

test('filter state and dynamic metadata', () => {
  const { context, info } = exampleStream()
  info.filterState.set('k', { serializeAsString: () => 'plain', serializeAsJson: () => ({ f: 'v' }) })
  info.setDynamicMetadata('ns', { a: { b: 'ü' }, n: 1.5 })
  const state = '%FILTER_STATE(k:PLAIN):3% %FILTER_STATE(k)% %FILTER_STATE(k:FIELD:f)% %FILTER_STATE(other)%'
  expect(printed(state, context)).toBe('pla {"f":"v"} v -')
  const metadata =
    '%DYNAMIC_METADATA(ns:a:b)% %DYNAMIC_METADATA(ns:n)% %DYNAMIC_METADATA(ns:a):4% %METADATA(DYNAMIC:ns:x)%'
  expect(printed(metadata, context)).toBe(`${Buffer.from('ü').toString('latin1')} 1.5 {"b" -`)
})
