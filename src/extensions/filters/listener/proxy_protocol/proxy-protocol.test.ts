import { expect, test } from 'bun:test'
import { createTestScope } from '../../../../../test/support/fake-scope.ts'
import type { ListenerFilterRun } from '../../../../../test/support/listener-filter-run.ts'
import { runInPieces } from '../../../../../test/support/listener-filter-run.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { parseRoot } from '../../../../config/parse-root.ts'
import type { ProxyProtocolConfig } from './config.ts'
import { parseProxyProtocol } from './config.ts'
import { ProxyProtocolFilter } from './proxy-protocol-filter.ts'
import { createProxyProtocolStats } from './stats.ts'
import { tlvText } from './tlv-text.ts'

const TYPE = 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol'

function parse(yaml: string): ProxyProtocolConfig | readonly string[] {
  const message = parseMessage(TYPE, yaml)
  if (!message.ok) return message.errors.map((error) => error.message)
  const parsed = parseRoot(TYPE, message.value, {}, parseProxyProtocol)
  return parsed.ok ? parsed.value : parsed.errors.map((error) => error.message)
}

function run(yaml: string, text: string): ListenerFilterRun & { readonly stats: Record<string, number> } {
  const config = parse(yaml)
  if (!('header' in config)) throw new Error(config.join('\n'))
  const scope = createTestScope()
  const shared = { config, stats: createProxyProtocolStats(scope.scope, config.statPrefix) }
  const seen = runInPieces(() => new ProxyProtocolFilter(shared), Buffer.from(text, 'latin1'))
  // Twice: whole and byte by byte.
  const stats = Object.fromEntries(Object.entries(scope.nonZero()).map(([name, value]) => [name, value / 2]))
  return { ...seen, stats }
}

const addresses = ({
  info: { remoteAddress, localAddress, directLocalAddress, directRemoteAddress },
}: ListenerFilterRun) =>
  [remoteAddress, localAddress, directRemoteAddress, directLocalAddress]
    .map((address) => address?.text ?? '-')
    .join(' ')

const IPV4 = '\x01\x02\x03\x04\x05\x06\x07\x08\0\x50\0\x5a'

function v2(extensions: string, command = 0x21, rest = IPV4): string {
  const length = rest.length + extensions.length
  return `\r\n\r\n\0\r\nQUIT\n${String.fromCharCode(command, 0x11, length >> 8, length & 255)}${rest}${extensions}`
}

function tlv(type: number, value: string): string {
  return String.fromCharCode(type, value.length >> 8, value.length & 255) + value
}

test('proxy_protocol: the header goes, its addresses stay, and who is really there is not forgotten', () => {
  const first = run('{}', 'PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\nGET /')
  expect([first.outcome, first.rest]).toEqual(['passed', 'GET /'])
  expect(addresses(first)).toBe('1.2.3.4:11 5.6.7.8:22 10.0.0.9:9999 10.0.0.1:80')
  expect(first.stats).toEqual({ 'proxy_proto.versions.v1.found': 1 })
  const second = run('{stat_prefix: edge}', `${v2('')}GET /`)
  expect(addresses(second)).toBe('1.2.3.4:80 5.6.7.8:90 10.0.0.9:9999 10.0.0.1:80')
  expect([second.rest, second.stats]).toEqual(['GET /', { 'proxy_proto.edge.versions.v2.found': 1 }])
})

test('proxy_protocol: a destination that is the own one is not restored', () => {
  const same = run('{}', 'PROXY TCP4 1.2.3.4 10.0.0.1 11 80\r\n')
  expect(addresses(same)).toBe('1.2.3.4:11 10.0.0.1:80 10.0.0.9:9999 -')
})

test('proxy_protocol: UNKNOWN and LOCAL change nothing', () => {
  for (const text of ['PROXY UNKNOWN 1.2.3.4 5.6.7.8 1 2\r\nx', `${v2(tlv(2, 'no'), 0x20)}x`, `${v2('\x02', 0x20)}x`]) {
    const seen = run('{rules: [{tlv_type: 2, on_tlv_present: {key: k}}]}', text)
    expect([seen.outcome, seen.rest]).toEqual(['passed', 'x'])
    expect(addresses(seen)).toBe('10.0.0.9:9999 10.0.0.1:80 10.0.0.9:9999 -')
    expect(seen.streamInfo.dynamicMetadata).toBeUndefined()
  }
})

test('proxy_protocol: addresses of many or of nobody are errors', () => {
  for (const pair of [
    'TCP4 0.0.0.0 5.6.7.8',
    'TCP4 1.2.3.4 224.0.0.1',
    'TCP4 255.255.255.255 1.2.3.4',
    'TCP6 :: 1::2',
    'TCP6 1::2 ff02::1',
  ]) {
    const seen = run('{}', `PROXY ${pair} 1 2\r\n`)
    expect(seen.outcome).toBe('closed')
    expect(seen.stats).toEqual({ 'proxy_proto.versions.v1.error': 1, downstream_cx_proxy_proto_error: 1 })
  }
})

test('proxy_protocol: no header, versions that are not wanted', () => {
  expect(run('{}', 'GET / HTTP/1.1\r\n\r\n').stats).toEqual({
    'proxy_proto.not_found_disallowed': 1,
    downstream_cx_proxy_proto_error: 1,
  })
  const optional = run('{allow_requests_without_proxy_protocol: true}', 'GET / HTTP/1.1\r\n\r\n')
  expect([optional.outcome, optional.rest]).toEqual(['passed', 'GET / HTTP/1.1\r\n\r\n'])
  expect(optional.stats).toEqual({ 'proxy_proto.not_found_allowed': 1 })
  const denied = run('{disallowed_versions: [V2]}', v2(''))
  expect(denied.outcome).toBe('closed')
  expect(denied.stats).toEqual({ 'proxy_proto.versions.v2.found': 1, 'proxy_proto.versions.v2.disallowed': 1 })
  expect(parse('{disallowed_versions: [V1, V2]}')).toEqual([
    'Proxy Protocol filter is misconfigured: all proxy protocol versions are disallowed.',
  ])
})

const RULES =
  'rules: [{tlv_type: 2, on_tlv_present: {key: a}}, {tlv_type: 5, on_tlv_present: {key: a}}, ' +
  '{tlv_type: 4, on_tlv_present: {key: k, metadata_namespace: ns}}, ' +
  '{tlv_type: 3, on_tlv_present: {key: b, value_string_encoding: BASE64}}, {tlv_type: 6}]'

test('proxy_protocol: extensions in metadata, the first of a key', () => {
  const extensions = [
    tlv(2, 'one'),
    tlv(2, 'two'),
    tlv(5, 'three'),
    tlv(4, 'n'),
    tlv(3, '\xff\0'),
    tlv(9, 'z'),
    tlv(6, ''),
  ]
  const seen = run(`{${RULES}}`, `${v2(extensions.join(''))}rest`)
  expect(Object.fromEntries(seen.streamInfo.dynamicMetadata ?? [])).toEqual({
    'envoy.filters.listener.proxy_protocol': { a: 'one', b: '/wA=', '': '' },
    ns: { k: 'n' },
  })
  expect(seen.rest).toBe('rest')
})

test('proxy_protocol: extensions in filter state, the last of a key', () => {
  const extensions = [tlv(4, 'n'), tlv(2, 'one'), tlv(5, 'three')]
  const seen = run(`{${RULES}, tlv_location: FILTER_STATE}`, v2(extensions.join('')))
  const object = seen.streamInfo.filterState.get('envoy.network.proxy_protocol.tlv')
  expect(object?.serializeAsString()).toBe('{"a":"three","k":"n"}')
  expect(object?.serializeAsJson?.()).toEqual({ a: 'three', k: 'n' })
  expect(seen.streamInfo.dynamicMetadata).toBeUndefined()
  expect(
    run(`{${RULES}, tlv_location: FILTER_STATE}`, v2('')).streamInfo.filterState.get(
      'envoy.network.proxy_protocol.tlv',
    ),
  ).toBeUndefined()
})

test('proxy_protocol: extensions that are kept for others', () => {
  const kept = (yaml: string) => {
    const seen = run(yaml, v2(tlv(2, 'two') + tlv(9, 'nine')))
    const object = seen.streamInfo.filterState.get('envoy.network.proxy_protocol_options')
    const { tlvs } = object as unknown as { readonly tlvs: readonly { readonly type: number }[] }
    return tlvs.map(({ type }) => type)
  }
  expect(kept('{}')).toEqual([])
  expect(kept('{pass_through_tlvs: {match_type: INCLUDE_ALL}}')).toEqual([2, 9])
  expect(kept('{pass_through_tlvs: {match_type: INCLUDE, tlv_type: [9]}}')).toEqual([9])
})

test('proxy_protocol: no more is asked for than the header has, and broken extensions are errors', () => {
  const large = run('{}', `${v2(tlv(2, 'x'.repeat(60_000)))}rest`)
  expect([large.outcome, large.rest, large.asked]).toEqual(['passed', 'rest', 28 + 60_003])
  for (const cut of ['\x02', '\x02\0', '\x02\0\x05ab']) {
    expect(run('{}', v2(cut)).stats['proxy_proto.versions.v2.error']).toBe(1)
  }
})

test('proxy_protocol: bytes that are no text', () => {
  const text = (bytes: string) => tlvText(Buffer.from(bytes, 'latin1'), 'UNSPECIFIED')
  expect(text('a\xffb\xe2\x82c\xed\xa0\x80\xf4\x90\x80\x80\xc3\xa9\0z')).toBe('a!b!!c!!!!!!!é\0z')
  expect(text('\xf0\x9f\x98\x80\xf0\x9f')).toBe('😀!!')
  expect(text('\xef\xbf\xbd')).toBe('\ufffd')
  expect(text('\xc0\x80\xc1')).toBe('!!!')
})
