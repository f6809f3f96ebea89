import { describe, expect, test } from 'bun:test'
import { ByteQueue } from '../../base/byte-queue.ts'
import { encodeCall } from './encode-call.ts'
import { ThriftReplyDecoder } from './reply-decoder.ts'
import type { ThriftSettings } from './thrift-settings.ts'

const FRAMED: ThriftSettings = { transport: 'FRAMED', protocol: 'BINARY' }

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** Outcomes of pieces, the last one with what it says of the method. */
function read(settings: ThriftSettings, ...pieces: readonly Buffer[]): readonly string[] {
  const decoder = new ThriftReplyDecoder(settings)
  const outcomes = pieces.map((piece) => {
    const data = new ByteQueue()
    data.push(piece)
    const outcome = decoder.decode(data)
    return typeof outcome === 'object' ? outcome.error : outcome
  })
  return [...outcomes, decoder.success ? 'success' : 'failure']
}

const byByte = (whole: Buffer): readonly Buffer[] => Array.from(whole, (byte) => Buffer.of(byte))

describe('a call', () => {
  const call = (transport: ThriftSettings['transport'], protocol: ThriftSettings['protocol']): string =>
    encodeCall({ transport, protocol }, 'ping').toString('hex')

  test('is that of Envoy', () => {
    const binary = '800100010000000470696e67000000000000'
    const compact = '82210004' + '70696e670000'
    expect(call('UNFRAMED', 'BINARY')).toBe(binary)
    expect(call('FRAMED', 'BINARY')).toBe(`00000012${binary}`)
    expect(call('FRAMED', 'LAX_BINARY')).toBe('0000000f0000000470696e6701000000000000')
    expect(call('FRAMED', 'COMPACT')).toBe(`0000000a${compact}`)
    expect(call('HEADER', 'BINARY')).toBe(`000000200fff000000000000000100000000${binary}`)
    expect(call('HEADER', 'COMPACT')).toBe(`000000180fff000000000000000102000000${compact}`)
  })
})

describe('a reply', () => {
  const nothing = '80010002 00000004 70696e67 00000000 00'
  const result = '80010002 00000004 70696e67 00000000 08 0000 00000007 00'
  const thrown = '80010002 00000004 70696e67 00000000 0c 0001 00 00'
  const exception = '80010003 00000004 70696e67 00000000 08 0002 00000006 00'
  const framed = (hex: string): Buffer => {
    const message = bytes(hex)
    const size = Buffer.alloc(4)
    size.writeInt32BE(message.length)
    return Buffer.concat([size, message])
  }

  for (const [name, hex, outcome] of [
    ['nothing', nothing, 'success'],
    ['a result', result, 'success'],
    ["the method's own exception", thrown, 'failure'],
    ['an exception', exception, 'failure'],
  ] as const) {
    test(`with ${name}`, () => {
      expect(read(FRAMED, framed(hex))).toEqual(['complete', outcome])
      expect(read({ ...FRAMED, transport: 'UNFRAMED' }, bytes(hex))).toEqual(['complete', outcome])
      const pieces = byByte(framed(hex))
      expect(read(FRAMED, ...pieces).slice(-2)).toEqual(['complete', outcome])
      expect(read({ ...FRAMED, transport: 'UNFRAMED' }, ...byByte(bytes(hex))).slice(-2)).toEqual(['complete', outcome])
    })
  }

  test('in the other protocols', () => {
    const compact = bytes('82 41 00 04 70696e67 00')
    expect(read({ transport: 'UNFRAMED', protocol: 'COMPACT' }, compact)).toEqual(['complete', 'success'])
    const lax = bytes('00000004 70696e67 02 00000000 00')
    expect(read({ transport: 'UNFRAMED', protocol: 'LAX_BINARY' }, lax)).toEqual(['complete', 'success'])
    const header = bytes('0000001b 0fff 0000 00000000 0001 00000000 80010002 00000000 00000000 00')
    expect(read({ transport: 'HEADER', protocol: 'BINARY' }, header)).toEqual(['complete', 'success'])
    expect(read({ transport: 'HEADER', protocol: 'COMPACT' }, header)[0]).toBe('another protocol than was asked for')
  })

  test('of each piece one message is read', () => {
    const two = Buffer.concat([framed(nothing), framed(thrown)])
    expect(read(FRAMED, two, framed(nothing))).toEqual(['complete', 'complete', 'failure'])
  })

  test('a kind that says nothing of the method leaves what was said before', () => {
    const call = framed(nothing.replace('80010002', '80010001'))
    expect(read(FRAMED, call)).toEqual(['complete', 'failure'])
    expect(read(FRAMED, framed(nothing), call)).toEqual(['complete', 'complete', 'success'])
  })

  test('whose start is larger than its frame never ends', () => {
    expect(read(FRAMED, bytes(`00000005 ${nothing}`), Buffer.alloc(100_000))).toEqual(['more', 'more', 'success'])
    expect(read({ ...FRAMED, protocol: 'LAX_BINARY' }, framed(nothing))).toEqual(['more', 'failure'])
  })

  test('what is no message at all is wrong', () => {
    expect(read(FRAMED, Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))[0]).toStartWith('invalid thrift frame size')
    expect(read(FRAMED, framed('00000000 00000000 00000000'))[0]).toBe('invalid binary protocol version')
    expect(read(FRAMED, framed('80010009 00000000 00000000'))[0]).toBe('invalid binary protocol message type 9')
    expect(read({ ...FRAMED, protocol: 'COMPACT' }, framed('80410000'))[0]).toBe('invalid compact protocol id')
  })

  test('what nobody asked for is kept within a limit', () => {
    const decoder = new ThriftReplyDecoder(FRAMED)
    const data = new ByteQueue()
    data.push(Buffer.concat(Array.from({ length: 60_000 }, () => framed(nothing))))
    expect(decoder.decode(data)).toEqual({ error: 'messages that nobody asked for' })
  })
})

describe('structs without frames', () => {
  const begin = '80010002 00000000 00000000'
  const types = [
    '02 0001 01',
    '03 0001 07',
    '04 0001 0000000000000000',
    '06 0001 0007',
    '0a 0001 0000000000000007',
    '0b 0001 00000003 616263',
    '0c 0001 08 0001 00000001 00',
    '0d 0001 08 0b 00000002 00000001 00000001 61 00000002 00000000',
    '0e 0001 06 00000002 0001 0002',
    '0f 0001 0c 00000002 00 02 0001 01 00',
  ]

  test('end where they end, in whatever pieces they come', () => {
    const whole = bytes(`${begin} ${types.join('')} 00`)
    const settings: ThriftSettings = { transport: 'UNFRAMED', protocol: 'BINARY' }
    expect(read(settings, whole)).toEqual(['complete', 'failure'])
    const outcomes = read(settings, ...byByte(whole))
    expect(outcomes.indexOf('complete')).toBe(whole.length - 1)
  })

  test('compact ones as well', () => {
    const fields = [
      '11',
      '12',
      '13 07',
      '14 8001',
      '16 0a',
      '17 0000000000000000',
      '18 03616263',
      '19 2501 02',
      '19 f102 01 02',
    ]
    const more = ['1b 00', '1b 0158 01 0161', '1c 11 00', '05 80 01 05']
    const whole = bytes(`82 41 00 00 ${[...fields, ...more].join('')} 00`)
    const settings: ThriftSettings = { transport: 'UNFRAMED', protocol: 'COMPACT' }
    const outcomes = read(settings, ...byByte(whole))
    expect(outcomes.indexOf('complete')).toBe(whole.length - 1)
  })

  test('are wrong with unknown types, lengths below zero, and without an end to their depth', () => {
    const settings: ThriftSettings = { transport: 'UNFRAMED', protocol: 'BINARY' }
    for (const field of ['07 0001', '0b 0001 ffffffff', '0f 0001 08 ffffffff', '0c 0001'.repeat(70)]) {
      expect(read(settings, bytes(`${begin} ${field}`))[0]).toBe('invalid thrift struct')
    }
  })
})
