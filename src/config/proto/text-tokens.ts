/* The words of protobuf's text format, with their places. */

export class TextProblem extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

export interface Token {
  /** `end` comes once, last. */
  readonly kind: 'word' | 'number' | 'string' | 'sign' | 'end'
  /** Of a string its value, bytes as latin-1; of others the text. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const patterns =
  /[ \t\r\n\f\v]+|#[^\n]*|([A-Za-z_]\w*)|(\d[\w.]*(?:(?<=[eE])[+-]\d+)?|\.\d[\w]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|([{}<>[\]:,;/.-])/y

export function textTokens(text: string): readonly Token[] {
  const tokens: Token[] = []
  const pattern = new RegExp(patterns)
  let at = 0
  while (at < text.length) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) throw new TextProblem(`unexpected character '${text[at] ?? ''}'`, at)
    const [whole, word, number, string, sign] = match
    const end = at + whole.length
    if (word !== undefined) tokens.push({ kind: 'word', text: word, start: at, end })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, start: at, end })
    else if (string !== undefined) tokens.push({ kind: 'string', text: unescape(string, at), start: at, end })
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, start: at, end })
    at = end
  }
  tokens.push({ kind: 'end', text: 'the end', start: at, end: at })
  return tokens
}

const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
}

/** UTF-8. A number that no character has stays as it was written. */
function unicode(point: number): string {
  if (point > LAST_POINT) return `\\U${point.toString(16).padStart(8, '0')}`
  return Buffer.from(String.fromCodePoint(point)).toString('latin1')
}

const LAST_POINT = 0x10ffff

/** To the bytes that the literal means, one a character. */
function unescape(literal: string, start: number): string {
  const bytes = Buffer.from(literal.slice(1, -1)).toString('latin1')
  return bytes.replaceAll(
    /\\(?:([0-7]{1,3})|[xX]([\da-fA-F]{1,2})|u([dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|[\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/gs,
    (_, octal?: string, hexadecimal?: string, short?: string, long?: string, char?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff)
      if (hexadecimal !== undefined) return String.fromCharCode(Number.parseInt(hexadecimal, 16))
      const point = short ?? long
      if (point?.includes('\\u') === true) return Buffer.from(JSON.parse(`"\\u${point}"`) as string).toString('latin1')
      if (point !== undefined) return unicode(Number.parseInt(point, 16))
      const plain = simple[char ?? '']
      if (plain === undefined) throw new TextProblem(`invalid escape sequence \\${char ?? ''}`, start)
      return plain
    },
  )
}
