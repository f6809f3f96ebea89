import { describe, expect, test } from 'bun:test'
import type { Connection } from '../../../api/network.ts'
import type { Counter } from '../../../api/stats.ts'
import type { TransportConnection, TransportHost, UpstreamTransportSockets } from '../../../api/transport-socket.ts'
import {
  NO_PROXY_PROTOCOL_OPTIONS,
  PROXY_PROTOCOL_OPTIONS,
  ProxyProtocolOptions,
} from '../../../codec/proxy_protocol/proxy-protocol-options.ts'
import { parseIpAddress } from '../../../network/address.ts'
import type { ProxyProtocolConfig } from './config.ts'
import { ProxyProtocolSockets } from './proxy-protocol-sockets.ts'

const V1: ProxyProtocolConfig = {
  version: 'V1',
  added: [],
  passThrough: new Set(),
  tlvsKeepApart: false,
  inner: undefined,
}
const tlv = (type: number, text: string) => ({ type, value: Buffer.from(text) })
const HOST_TLVS = [
  { type: 2, value: 'aA==' },
  { type: 5, format_string: {} },
]
const hostWith = (typed_filter_metadata: object): TransportHost => ({
  address: parseIpAddress('10.0.0.9', 9),
  hostname: '',
  metadata: { typed_filter_metadata },
})
const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'
const ADDRESSES = '\x0a\x01\x01\x01\x0a\x02\x02\x02\x01\x01\x02\x02'

function client(options?: ProxyProtocolOptions): Connection {
  const info = { remoteAddress: parseIpAddress('10.0.0.1', 5), localAddress: parseIpAddress('10.0.0.2', 80) }
  const filterState = new Map(options === undefined ? [] : [[PROXY_PROTOCOL_OPTIONS, options]])
  return { info, streamInfo: { filterState } } as unknown as Connection
}

const TOLD = new ProxyProtocolOptions(parseIpAddress('10.1.1.1', 257), parseIpAddress('10.2.2.2', 514), [
  tlv(2, 'com'),
  tlv(0xe5, 'hi'),
])

let tooLong = 0
const COUNTER = { inc: () => tooLong++ } as unknown as Counter

function socketsOf(config: Partial<ProxyProtocolConfig>, host?: TransportHost): UpstreamTransportSockets {
  const sockets = new ProxyProtocolSockets({ ...V1, ...config }, COUNTER, undefined)
  return host === undefined ? sockets : sockets.forHost(host)
}

function headerOf(
  config: Partial<ProxyProtocolConfig>,
  downstream: Connection | undefined,
  host?: TransportHost,
): string {
  let written = ''
  let ready = 0
  const info = { localAddress: parseIpAddress('127.0.0.1', 9), remoteAddress: parseIpAddress('127.0.0.1', 80) }
  const streamInfo = { upstream: undefined, connection: info }
  const connection = { write: (text: string) => (written += text), info, streamInfo } as unknown as TransportConnection
  socketsOf(config, host)
    .for(downstream)()
    .start(connection, () => ready++)
  expect(ready).toBe(1)
  return written
}

describe('the PROXY protocol towards hosts', () => {
  test('names the ends of the client connection', () => {
    expect(headerOf({}, client())).toBe('PROXY TCP4 10.0.0.1 10.0.0.2 5 80\r\n')
  })

  test('passes on what the client said of itself', () => {
    expect(headerOf({}, client(TOLD))).toBe('PROXY TCP4 10.1.1.1 10.2.2.2 257 514\r\n')
    expect(headerOf({ version: 'V2' }, client(TOLD))).toBe(`${SIGNATURE}\x21\x11\0\x0c${ADDRESSES}`)
  })

  test('carries extensions: its own first, and of those of the client what may pass', () => {
    const added = [tlv(2, 'abc')]
    const own = '\x02\0\x03abc'
    expect(headerOf({ version: 'V2', added }, client(TOLD))).toBe(`${SIGNATURE}\x21\x11\0\x12${ADDRESSES}${own}`)
    const all = `${SIGNATURE}\x21\x11\0\x17${ADDRESSES}${own}\xe5\0\x02hi`
    expect(headerOf({ version: 'V2', added, passThrough: 'all' }, client(TOLD))).toBe(all)
    const some = `${SIGNATURE}\x21\x11\0\x11${ADDRESSES}\xe5\0\x02hi`
    expect(headerOf({ version: 'V2', passThrough: new Set([0xe5]) }, client(TOLD))).toBe(some)
  })

  test('an endpoint may have extensions of its own, which come first', () => {
    const own = { '@type': 'type.googleapis.com/envoy.config.core.v3.PerHostConfig', added_tlvs: HOST_TLVS }
    const host = hostWith({ 'envoy.transport_sockets.proxy_protocol': own })
    const format = { type: 6, value: { format: () => 'fm' } }
    const sent = headerOf({ version: 'V2', added: [tlv(2, 'abc'), tlv(5, 'x'), format] }, client(TOLD), host)
    expect(sent.slice(SIGNATURE.length + 4 + ADDRESSES.length)).toBe('\x02\0\x01h\x05\0\0\x06\0\x02fm')
    const other = hostWith({ 'envoy.transport_sockets.proxy_protocol': { '@type': 'type.googleapis.com/other' } })
    expect(headerOf({ version: 'V2', added: [tlv(1, 'a')] }, client(TOLD), other)).toEndWith('\x01\0\x01a')
  })

  test('leaves out what does not fit', () => {
    const added = [tlv(1, 'x'.repeat(65_000)), tlv(3, 'y'.repeat(1000)), tlv(4, 'z')]
    const before = tooLong
    const sent = headerOf({ version: 'V2', added }, client(TOLD))
    expect([sent.length, sent.slice(-4), tooLong - before]).toEqual([16 + 12 + 65_003 + 4, '\x04\0\x01z', 1])
  })

  test('says where there is no client', () => {
    expect(headerOf({}, undefined)).toBe('PROXY TCP4 127.0.0.1 127.0.0.1 9 80\r\n')
    expect(headerOf({ version: 'V2' }, undefined)).toBe(`${SIGNATURE}\x20\0\0\0`)
  })

  test('clients that are not to be told of look like none, and share their connections', () => {
    const hidden = client()
    const { filterState } = hidden.streamInfo
    filterState.set(PROXY_PROTOCOL_OPTIONS, NO_PROXY_PROTOCOL_OPTIONS)
    expect(headerOf({ version: 'V2' }, hidden)).toBe(`${SIGNATURE}\x20\0\0\0`)
    expect(socketsOf({}).poolKey(hidden)).toBe('')
  })

  test('clients share no connection, by their addresses and, if told so, by their extensions', () => {
    const sockets = socketsOf({})
    const apart = socketsOf({ tlvsKeepApart: true })
    const other = new ProxyProtocolOptions(TOLD.source, TOLD.destination, [tlv(2, 'org')])
    expect(sockets.poolKey(client())).not.toBe(sockets.poolKey(client(TOLD)))
    expect(sockets.poolKey(client(other))).toBe(sockets.poolKey(client(TOLD)))
    expect(apart.poolKey(client(other))).not.toBe(apart.poolKey(client(TOLD)))
  })
})
