import { describe, expect, test } from 'bun:test'
import { formatIp } from '../../base/ip-bits.ts'
import type { ProxyHeaderSettings } from './proxy-header-reader.ts'
import { ProxyHeaderReader } from './proxy-header-reader.ts'
import { readTlvs } from './read-tlvs.ts'

const STRICT: ProxyHeaderSettings = { optional: false, allowsV1: true, allowsV2: true }
const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** As text; the bytes whole, byte by byte and with something behind them. */
function read(text: string, settings = STRICT): string {
  const whole = readOnce([bytes(text)], settings)
  const slowly = readOnce(
    Array.from({ length: text.length }, (_, i) => bytes(text.slice(0, i + 1))),
    settings,
  )
  expect(slowly).toBe(whole)
  return whole
}

function readOnce(steps: readonly Uint8Array[], settings: ProxyHeaderSettings): string {
  const reader = new ProxyHeaderReader(settings)
  for (const step of steps) {
    const found = reader.read(step)
    if (found === 'more') continue
    if (typeof found === 'string') return `${found} ${reader.version ?? '-'}`
    const { addresses, length, extensionsLength } = found
    const ends = [addresses?.source, addresses?.destination].map((end) => end && `${formatIp(end.ip)} ${end.port}`)
    return `v${reader.version} ${length}+${extensionsLength} ${ends.join(' ').trim()}`.trim()
  }
  return `more ${reader.version ?? '-'}`
}

describe('PROXY protocol, version 1', () => {
  test.each([
    ['PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n', 'v1 34+0 1.2.3.4 11 5.6.7.8 22'],
    ['PROXY TCP6 1::2 3::4 11 22\r\n', 'v1 28+0 1::2 11 3::4 22'],
    ['PROXY TCP6 ::ffff:1.2.3.4 1::2 11 22\r\n', 'v1 38+0 ::ffff:1.2.3.4 11 1::2 22'],
    ['PROXY UNKNOWN\r\n', 'v1 15+0'],
    ['PROXY UNKNOWN whatever it is\r\n', 'v1 30+0'],
    [`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, 'v1 108+0'],
    [`PROXY UNKNOWN ${'x'.repeat(93)}\r\n`, 'error -'],
    ['PROXY TCP4 1.2.3.4 5.6.7.8 +11 022\r\n', 'v1 36+0 1.2.3.4 11 5.6.7.8 22'],
    ['PROXY TCP4 1.2.3.4 5.6.7.8 11\t 22\t\r\n', 'v1 36+0 1.2.3.4 11 5.6.7.8 22'],
    ['PROXY TCP4 1.2.3.4 5.6.7.8 65536 22\r\n', 'error 1'],
    ['PROXY TCP4 1.2.3.4 5.6.7.8 -1 22\r\n', 'error 1'],
    ['PROXY TCP4 1.2.3.4 5.6.7.8 11\r\n', 'error 1'],
    ['PROXY TCP4 1.2.3.4 5.6.7.8 11 22 33\r\n', 'error 1'],
    ['PROXY  TCP4 1.2.3.4 5.6.7.8 11 22\r\n', 'error 1'],
    ['PROXY TCP4 1::2 3::4 11 22\r\n', 'error 1'],
    ['PROXY TCP6 1.2.3.4 5.6.7.8 11 22\r\n', 'error 1'],
    ['PROXY TCP4 01.2.3.4 5.6.7.8 11 22\r\n', 'error 1'],
    ['PROXY UDP4 1.2.3.4 5.6.7.8 11 22\r\n', 'error 1'],
    ['PROXY UNKNOWNX\r\n', 'error 1'],
    ['PROXY TCP4 1.2.3.4', 'more -'],
    ['proxy TCP4 1.2.3.4 5.6.7.8 11 22\r\n', 'error -'],
    ['GET / HTTP/1.1\r\n\r\n', 'error -'],
    ['GET /\r\n', 'error 1'],
    ['\r\n', 'more -'],
  ])('%p', (text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

/** Length of what follows the fixed part is said to be `length`. */
function v2(command: number, family: number, rest: string, length = rest.length): string {
  return SIGNATURE + String.fromCharCode(command, family, length >> 8, length & 255) + rest
}

const IPV4 = '\x01\x02\x03\x04\x05\x06\x07\x08\0\x50\0\x5a'
const IPV6 = `\x20${'\0'.repeat(14)}\x01\x20${'\0'.repeat(14)}\x02\0\x50\0\x5a`

describe('PROXY protocol, version 2', () => {
  test.each([
    [v2(0x21, 0x11, IPV4), 'v2 28+0 1.2.3.4 80 5.6.7.8 90'],
    [v2(0x21, 0x12, `${IPV4}abc`), 'v2 28+3 1.2.3.4 80 5.6.7.8 90'],
    [v2(0x21, 0x21, IPV6), 'v2 52+0 2000::1 80 2000::2 90'],
    [v2(0x20, 0x11, IPV4), 'v2 16+12'],
    [v2(0x20, 0x31, ''), 'v2 16+0'],
    [v2(0x21, 0x11, IPV4, 65_535), 'v2 28+65523 1.2.3.4 80 5.6.7.8 90'],
    [v2(0x21, 0x11, IPV4.slice(0, 11), 12), 'more 2'],
    [v2(0x21, 0x11, IPV4, 11), 'error 2'],
    [v2(0x21, 0x00, ''), 'error 2'],
    [v2(0x21, 0x31, 'a'.repeat(216)), 'error 2'],
    [v2(0x11, 0x11, IPV4), 'error 2'],
    [v2(0x22, 0x11, IPV4), 'error 2'],
    [v2(0x21, 0x10, IPV4), 'error 2'],
    [SIGNATURE, 'more -'],
    ['\r\n\r\n\0\r\nQUIT\r!!!!!!!!!!', 'error -'],
  ])('%p', (text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

test('PROXY protocol: versions that are not wanted, and connections without a header', () => {
  const v1 = 'PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n'
  expect(read(v1, { ...STRICT, allowsV1: false })).toBe('disallowed 1')
  expect(read(v2(0x21, 0x11, IPV4), { ...STRICT, allowsV2: false })).toBe('disallowed 2')
  const optional = { ...STRICT, optional: true }
  expect(read('GET / HTTP/1.1\r\n\r\n', optional)).toBe('none -')
  expect(read('POST / HTTP/1.1\r\n\r\n', optional)).toBe('none -')
  expect(read('PROX', optional)).toBe('more -')
  expect(read(v1, { ...optional, allowsV1: false })).toBe('none -')
  expect(read(v2(0x21, 0x11, IPV4), { ...optional, allowsV2: false })).toBe('none -')
})

test('PROXY protocol: extensions', () => {
  const tlvs = readTlvs(bytes('\x02\0\x03abc\x04\0\0\xff\0\x01z'))
  expect(tlvs?.map(({ type, value }) => [type, Buffer.from(value).toString()])).toEqual([
    [2, 'abc'],
    [4, ''],
    [255, 'z'],
  ])
  expect(readTlvs(bytes(''))).toEqual([])
  for (const cut of ['\x02', '\x02\0', '\x02\0\x01', '\x02\0\x03ab', '\x02\0\0\x03']) {
    expect(readTlvs(bytes(cut))).toBeUndefined()
  }
})
