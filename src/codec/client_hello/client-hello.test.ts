import { describe, expect, test } from 'bun:test'
import {
  alpn,
  clientHello,
  extension,
  handshake,
  helloBody,
  part16,
  part8,
  record,
  serverName,
  u16,
} from '../../../test/support/client-hello.ts'
import type { ClientHello } from './client-hello.ts'
import { readFirstMessage } from './read-first-message.ts'
import { applicationProtocolsOf, isEncryptedHelloInOrder, serverNameOf } from './hello-extensions.ts'
import { ja3Hash, ja3Text } from './ja3.ts'
import { ja4Fingerprint } from './ja4.ts'
import { tlsFailureText } from './tls-failure.ts'

const NOTHING = new Uint8Array(0)
const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts)

/** `hello 68`, `WRONG_VERSION_NUMBER 5`, `more`, `closed 7`; the same for whole bytes and for growing ones. */
function outcome(bytes: Uint8Array): string {
  let slowly = 'more'
  for (let end = 1; end <= bytes.length && slowly === 'more'; end++) slowly = once(bytes.subarray(0, end))
  expect(once(bytes)).toBe(slowly)
  return slowly
}

function once(bytes: Uint8Array): string {
  const message = readFirstMessage(bytes)
  if (message.kind === 'more') return 'more'
  return `${message.kind === 'failed' ? message.failure : message.kind} ${message.consumed}`
}

function hello(...extensions: readonly Uint8Array[]): ClientHello {
  const message = readFirstMessage(clientHello({ extensions }))
  if (message.kind !== 'hello') throw new Error(message.kind)
  return message.hello
}

const NAMED = { extensions: [serverName('a.com')] }
const MESSAGE = handshake(helloBody(NAMED))

describe('the first message of a TLS client', () => {
  test.each([
    ['in one record', record(MESSAGE), 'hello 68'],
    ['with something behind it', join(record(MESSAGE), ascii('abc')), 'hello 68'],
    ['in two records', join(record(MESSAGE.subarray(0, 20)), record(MESSAGE.subarray(20))), 'hello 73'],
    ['its header in two', join(record(MESSAGE.subarray(0, 1)), record(MESSAGE.subarray(1))), 'hello 73'],
    ['behind 32 empty records', join(...Array<Uint8Array>(32).fill(record(NOTHING)), record(MESSAGE)), 'hello 228'],
    ['behind 33', join(...Array<Uint8Array>(33).fill(record(NOTHING))), 'TOO_MANY_EMPTY_FRAGMENTS 165'],
    ['any minor version of the record', record(MESSAGE, 22, 0x03ff), 'hello 68'],
    ['without extensions', clientHello(), 'hello 52'],
    ['of SSL 2', join(ascii('\x80\x1c\x01\x03\x01\0\x03\0\0\0\x10\0\0\x2f'), Buffer.alloc(16)), 'hello 30'],
    ['behind a warning', join(record(ascii('\x01\x28'), 21), record(MESSAGE)), 'hello 75'],
    ['a farewell', record(ascii('\x01\0'), 21), 'closed 7'],
    ['an alert', record(ascii('\x02\x28'), 21), '40 7'],
    ['half an alert', record(ascii('\x01'), 21), 'BAD_ALERT 6'],
    ['an alert of no kind', record(ascii('\x03\0'), 21), 'UNKNOWN_ALERT_TYPE 7'],
    ['five warnings', join(...Array<Uint8Array>(5).fill(record(ascii('\x01\x28'), 21))), 'TOO_MANY_WARNING_ALERTS 35'],
    ['another message', record(handshake(NOTHING, 0)), 'UNEXPECTED_MESSAGE 9'],
    ['two messages', record(join(MESSAGE, handshake(NOTHING, 5))), 'EXCESS_HANDSHAKE_DATA 72'],
    ['a message that is too long', record(handshake(Buffer.alloc(9), 1, 16_385)), 'EXCESSIVE_MESSAGE_SIZE 18'],
    ['a message that does not come', record(handshake(Buffer.alloc(9), 1, 16_384)), 'more'],
    ['data', record(ascii('abc'), 23), 'UNEXPECTED_RECORD 8'],
    ['a record that is too long', record(ascii('abc'), 22, 0x0301, 16_705), 'ENCRYPTED_LENGTH_TOO_LONG 5'],
    ['a record that does not come', record(ascii('abc'), 22, 0x0301, 16_704), 'more'],
    ['another protocol', ascii('SSH-2.0-x\r\n'), 'WRONG_VERSION_NUMBER 5'],
    ['HTTP', ascii('GET / HTTP/1.1\r\n'), 'HTTP_REQUEST 5'],
    ['HTTP to a proxy', ascii('CONNECT a:1 HTTP/1.1\r\n'), 'HTTPS_PROXY_REQUEST 5'],
    ['SSL 2, cut short', ascii('\x80\x03\x01\x03\x01'), 'DECODE_ERROR 5'],
    ['SSL 2, too long', ascii('\xff\xff\x01\x03\x01'), 'RECORD_TOO_LARGE 5'],
    ['too little to tell', ascii('\x16\x03\x01\0'), 'more'],
  ])('%s', (_what, bytes, expected) => {
    expect(outcome(bytes)).toBe(expected)
  })

  test.each([
    ['an odd number of bytes for suites', { ...NAMED, cipherSuites: ascii('abc') }],
    ['no suites', { ...NAMED, cipherSuites: [] }],
    ['no compression', { ...NAMED, compression: [] }],
    ['a session id of 33 bytes', { ...NAMED, sessionId: Buffer.alloc(33) }],
    ['an extension twice', { extensions: [extension(999, NOTHING), extension(999, NOTHING)] }],
    ['half an extension', { extensions: [extension(16, NOTHING).subarray(1)] }],
    ['something behind the extensions', { ...NAMED, rest: ascii('x') }],
    ['something in place of extensions', { rest: ascii('\0') }],
  ])('with %s is none', (_what, parts) => {
    const bytes = clientHello(parts)
    expect(outcome(bytes)).toBe(`CLIENTHELLO_PARSE_FAILED ${bytes.length}`)
  })

  test('failures have the names and numbers of BoringSSL', () => {
    expect(tlsFailureText('WRONG_VERSION_NUMBER')).toBe(
      'error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER',
    )
    expect(tlsFailureText(40)).toBe('error:10000410:SSL routines:OPENSSL_internal:reason(1040)')
  })
})

test('server names: one, and no nonsense', () => {
  expect(serverNameOf(hello(serverName('Www.Example.com')))).toBe('Www.Example.com')
  expect(serverNameOf(hello())).toBe('')
  expect(serverNameOf(hello(serverName('a'.repeat(255))))).toHaveLength(255)
  const two = extension(0, part16(join(ascii('\0'), part16(ascii('a')), ascii('\0'), part16(ascii('b')))))
  const broken = [serverName(''), serverName('a\0b'), serverName('a', 1), serverName('a'.repeat(256)), two]
  for (const each of [...broken, extension(0, NOTHING), extension(0, part16(NOTHING))]) {
    expect(serverNameOf(hello(each))).toBeUndefined()
  }
})

test('application protocols: all of them or none', () => {
  expect(applicationProtocolsOf(hello(alpn('h2', 'http/1.1')))).toEqual(['h2', 'http/1.1'])
  expect(applicationProtocolsOf(hello())).toBeUndefined()
  const cut = extension(16, part16(ascii('\x05h2')))
  for (const each of [cut, extension(16, part16(NOTHING)), alpn('h2', ''), extension(16, NOTHING)]) {
    expect(applicationProtocolsOf(hello(each))).toBeUndefined()
  }
})

test('an encrypted ClientHello has its parts', () => {
  const ech = (text: string): boolean => isEncryptedHelloInOrder(hello(extension(0xfe0d, ascii(text))))
  expect([ech(''), ech('\x01'), ech('\x02'), ech('\0\0')]).toEqual([false, true, true, false])
  expect(ech('\0\0\x01\0\x01\x07\0\x01e\0\x01p')).toBe(true)
  expect(ech('\0\0\x01\0\x01\x07\0\x01e\0\0')).toBe(false)
})

// What Envoy 1.40 says of the same clients.
describe('fingerprints', () => {
  const GROUPS = extension(10, part16(u16(0x001d, 0x0017)))
  const FORMATS = extension(11, part8(ascii('\0')))
  const ALGORITHMS = extension(13, part16(u16(0x0403, 0x0804)))
  const versions = (...offered: readonly number[]): Uint8Array => extension(43, part8(u16(...offered)))

  test('of an ordinary client', () => {
    const client = hello(serverName('Www.Example.COM'), GROUPS, FORMATS, ALGORITHMS, alpn('h2', 'http/1.1'))
    expect(ja3Text(client)).toBe('771,4865-49199,0-10-11-13-16,29-23,0')
    expect(ja3Hash(client)).toBe('7cfd168d6dfb329b99460ce1f6af8c6c')
    expect(ja4Fingerprint(client)).toBe('t12d0205h2_c1929292aa6b_876bcc86782c')
  })

  test('of one with nothing to say', () => {
    const message = readFirstMessage(clientHello())
    if (message.kind !== 'hello') throw new Error(message.kind)
    expect(ja3Hash(message.hello)).toBe('6ac28f635e78b6e59638f7a1e035f458')
    expect(ja4Fingerprint(message.hello)).toBe('t12i020000_c1929292aa6b_000000000000')
  })

  test('GREASE is left out, but among the groups of JA3', () => {
    const extensions = [
      extension(0x0a0a, NOTHING),
      serverName('a.com'),
      versions(0x2a2a, 0x0304, 0x0303),
      extension(10, part16(u16(0x3a3a, 0x1d, 0x17))),
      ALGORITHMS,
      alpn('h2'),
      extension(0xfafa, ascii('\0')),
    ]
    const message = readFirstMessage(clientHello({ extensions, cipherSuites: [0x2a2a, 0x1301, 0x1302, 0xc02b] }))
    if (message.kind !== 'hello') throw new Error(message.kind)
    expect(ja3Hash(message.hello)).toBe('061a736834bb1a3bc1bd924986018739')
    expect(ja4Fingerprint(message.hello)).toBe('t13d0305h2_5559582ccdc4_fbabbea27ee8')
  })

  test('JA4: versions and protocols', () => {
    const start = (...extensions: readonly Uint8Array[]): string =>
      ja4Fingerprint(hello(...extensions)).split('_')[0] ?? ''
    expect(start(versions(0x7f1c))).toBe('t00i020100')
    expect(start(versions())).toBe('t12i020100')
    expect(start(extension(43, part8(ascii('\x03\x04\x03'))))).toBe('t13i020100')
    expect(start(extension(43, NOTHING))).toBe('t00i020100')
    expect(start(alpn('h'))).toBe('t12i0201hh')
    expect(start(alpn('\n\n', 'h2'))).toBe('t12i02010a')
    expect(start(alpn('-y'))).toBe('t12i020129')
    expect(start(extension(16, part16(ascii('\0'))))).toBe('t12i020100')
  })
})

test('TLS: whatever comes', () => {
  const seeds = [
    clientHello({
      extensions: [serverName('a.com'), alpn('h2'), extension(43, part8(u16(0x0304))), extension(0xfe0d, ascii('\0'))],
    }),
    join(record(MESSAGE.subarray(0, 20)), record(MESSAGE.subarray(20))),
    join(ascii('\x80\x1c\x01\x03\x01\0\x03\0\0\0\x10\0\0\x2f'), Buffer.alloc(16)),
    join(record(ascii('\x01\x28'), 21), record(MESSAGE)),
  ]
  let state = 20_26
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.from(seeds[random(seeds.length)]!)
    for (let change = random(4); change >= 0; change--)
      bytes[random(bytes.length)] = random(3) === 0 ? 255 : random(256)
    const input = bytes.subarray(0, 1 + random(bytes.length))
    outcome(input)
    const message = readFirstMessage(input)
    if (message.kind !== 'hello') continue
    serverNameOf(message.hello)
    applicationProtocolsOf(message.hello)
    isEncryptedHelloInOrder(message.hello)
    expect(ja3Hash(message.hello)).toHaveLength(32)
    expect(ja4Fingerprint(message.hello)).toHaveLength(36)
  }
})
