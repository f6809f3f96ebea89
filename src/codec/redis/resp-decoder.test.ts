import { describe, expect, test } from 'bun:test'
import { encodeCommand } from './encode-command.ts'
import { RespDecoder } from './resp-decoder.ts'

/** What was read of the bytes that come in pieces of this size, and what was wrong with them. */
function read(text: string, pieceBytes = text.length || 1): readonly string[] {
  const seen: string[] = []
  const decoder = new RespDecoder({
    onValue: ({ type, text, integer }) => seen.push([type, text, integer === 0n ? '' : integer].join(' ').trimEnd()),
  })
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const error = decoder.dispatch(bytes.subarray(at, at + pieceBytes))
    if (error !== undefined) return [...seen, `error: ${error}`]
  }
  return seen
}

const nested = (depth: number): string => '*1\r\n'.repeat(depth)

describe('replies of a Redis server', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    '+PONG\r\n': ['simple-string PONG'],
    '+PONG\r\n-ERR x\r\n': ['simple-string PONG', 'error ERR x'],
    ':0\r\n:-12\r\n:-0\r\n': ['integer', 'integer  -12', 'integer'],
    ':9223372036854775807\r\n:-9223372036854775808\r\n': [
      'integer  9223372036854775807',
      'integer  -9223372036854775808',
    ],
    '$4\r\nPONG\r\n$0\r\n\r\n$-1\r\n': ['bulk-string PONG', 'bulk-string', 'null'],
    '*2\r\n+a\r\n*1\r\n:1\r\n+PONG\r\n': ['array', 'simple-string PONG'],
    '*0\r\n*-1\r\n_\r\n#t\r\n#f\r\n': ['array', 'null', 'null', 'boolean', 'boolean'],
    ',1.5\r\n,-inf\r\n,0x1p3\r\n(-12345678901234567890\r\n': [
      'double 1.5',
      'double -inf',
      'double 0x1p3',
      'big-number -12345678901234567890',
    ],
    '!9\r\nMOVED 1 2\r\n=8\r\ntxt:PONG\r\n': ['blob-error MOVED 1 2', 'verbatim-string txt:PONG'],
    '%1\r\n+a\r\n+b\r\n~2\r\n+a\r\n+b\r\n>1\r\n+a\r\n': ['map', 'set', 'push'],
    '|1\r\n+a\r\n+b\r\n+PONG\r\n': ['simple-string PONG'],
    '*2\r\n|1\r\n+a\r\n+b\r\n+c\r\n+d\r\n+PONG\r\n': ['array', 'simple-string PONG'],
    'HTTP/1.1 400 x\r\n\r\n': ['array', 'array'],
    '"a \\"b\\x41\\n" \'it\\\'s\' c\r\n+PONG\r\n': ['array', 'simple-string PONG'],
  }
  for (const [text, values] of Object.entries(cases)) {
    test(`${JSON.stringify(text)} is read whole, byte by byte and with something behind it`, () => {
      expect(read(text)).toEqual(values)
      expect(read(text, 1)).toEqual(values)
      expect(read(`${text}+PO`)).toEqual(values)
    })
  }

  const wrong: Readonly<Record<string, string>> = {
    '\x01': 'invalid value type',
    '+a\rb': 'expected new line',
    ':1x\r\n': 'invalid integer character',
    ':\r\n': 'integer with no digits',
    ':9223372036854775808\r\n': 'integer out of range',
    ':99999999999999999999\r\n': 'integer overflow',
    '*-2\r\n': 'invalid negative length',
    '$-2\r\n': 'invalid negative length',
    '%-1\r\n': 'invalid negative length',
    '$1\r\nab': 'expected carriage return',
    '$536870913\r\n': 'bulk string length exceeds maximum',
    '*2000001\r\n': 'element count exceeds maximum',
    '%1000001\r\n': 'element count exceeds maximum',
    '*3\r\n*2000000\r\n*2000000\r\n*2000000\r\n': 'total element count exceeds maximum',
    '#x\r\n': 'invalid boolean value',
    ',1 ': 'invalid double value',
    ',1e\r\n': 'invalid double value',
    '(1x\r\n': 'invalid big number value',
    '=5\r\nab:cd\r\n': 'invalid verbatim string value',
    '"a\r\n': 'unbalanced quotes or too many words',
    'a"b\r\n': 'unbalanced quotes or too many words',
    '"a"b\r\n': 'unbalanced quotes or too many words',
  }
  for (const [text, error] of Object.entries(wrong)) {
    test(`${JSON.stringify(text)}: ${error}`, () => {
      const read1 = read(text, 1)
      expect(read1.at(-1)).toBe(`error: ${error}`)
      if (!text.startsWith('*3')) expect(read(text)).toEqual(read1)
    })
  }

  test('values lie in each other as deep as in Envoy', () => {
    expect(read(`${nested(127)}+a\r\n`)).toEqual(['array'])
    expect(read(`${nested(128)}+a\r\n`)).toEqual(['error: nesting depth exceeds maximum'])
  })

  test('attributes follow each other as often as in Envoy', () => {
    expect(read(`${'|0\r\n'.repeat(32)}+a\r\n${'|0\r\n'.repeat(32)}+a\r\n`)).toHaveLength(2)
    expect(read('|0\r\n'.repeat(33))).toEqual(['error: too many consecutive attributes'])
  })

  test('long texts are kept in part', () => {
    const decoder = new RespDecoder({ onValue: ({ text }) => expect(text).toHaveLength(16 * 1024) })
    expect(decoder.dispatch(Buffer.from(`+${'x'.repeat(1_000_000)}\r\n`))).toBeUndefined()
    expect.assertions(2)
  })

  test('whatever comes, the pieces it comes in make no difference', () => {
    const parts = [
      '+a\r\n',
      '*2\r\n',
      '$3\r\nabc\r\n',
      ':1\r\n',
      '|1\r\n',
      '%1\r\n',
      '"',
      "'",
      '\r\n',
      'x ',
      ',1\r\n',
      '\\',
      '_\r\n',
      '\0',
    ]
    let seed = 7
    const next = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % below
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: next(12) }, () => parts[next(parts.length)]).join('')
      expect(read(text, 1 + next(3))).toEqual(read(text))
    }
  })
})

test('a command is an array of bulk strings', () => {
  expect(encodeCommand('EXISTS', 'a b').toString()).toBe('*2\r\n$6\r\nEXISTS\r\n$3\r\na b\r\n')
})
