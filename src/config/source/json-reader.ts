/*
 * JSON with places, in the lenient form that protobuf's parser takes (observed on Envoy 1.40): trailing commas, single
 * quotes, unquoted keys, raw control characters in strings, keys that come again. Used when JSON.parse gives up or cannot tell
 * it all, and when somebody asks for places.
 */
import type { EntryMark, Marks } from './marks.ts'
import { markEntry } from './marks.ts'
import { keepEarlier } from './repeated-keys.ts'
import { setOwn } from './set-own.ts'

export class JsonProblem extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** Maps and lists in each other, as protobuf's parser takes them. */
export const deepest = 100

/** Throws JsonProblem. */
export function readLenientJson(text: string, marks?: Marks): unknown {
  const parser = new Parser(text, marks)
  return parser.document()
}

class Parser {
  readonly #text: string
  readonly #marks: Marks | undefined
  #at = 0
  #depth = 0

  constructor(text: string, marks: Marks | undefined) {
    this.#text = text
    this.#marks = marks
  }

  document(): unknown {
    this.#blanks()
    const value = this.#value()
    this.#blanks()
    if (this.#at < this.#text.length) throw this.#problem('extraneous characters after end of JSON object')
    return value
  }

  #value(): unknown {
    const char = this.#text[this.#at]
    if (char === '{') return this.#nested(() => this.#map())
    if (char === '[') return this.#nested(() => this.#list())
    if (char === '"' || char === "'") return this.#string(char)
    if (char === undefined) throw this.#problem('unexpected EOF')
    return char === '-' || (char >= '0' && char <= '9') ? this.#number() : this.#word()
  }

  #nested(read: () => unknown): unknown {
    if (++this.#depth > deepest) throw this.#problem('JSON content was too deeply nested')
    const value = read()
    this.#depth--
    return value
  }

  #map(): unknown {
    const out: Record<string, unknown> = {}
    this.#at++
    for (;;) {
      this.#blanks()
      if (this.#take('}')) return out
      const keyStart = this.#at
      const key = this.#key()
      const keyEnd = this.#at
      this.#blanks()
      if (!this.#take(':')) throw this.#problem("expected ':'")
      this.#blanks()
      const valueStart = this.#at
      const value = this.#value()
      this.#mark(out, key, { keyStart, keyEnd, valueStart, valueEnd: this.#at })
      if (Object.hasOwn(out, key)) keepEarlier(out, key)
      setOwn(out, key, value)
      this.#blanks()
      if (!this.#take(',') && this.#text[this.#at] !== '}') throw this.#problem("expected ','")
    }
  }

  #list(): unknown {
    const out: unknown[] = []
    this.#at++
    for (;;) {
      this.#blanks()
      if (this.#take(']')) return out
      const valueStart = this.#at
      const value = this.#value()
      this.#mark(out, out.length, { keyStart: -1, keyEnd: -1, valueStart, valueEnd: this.#at })
      out.push(value)
      this.#blanks()
      if (!this.#take(',') && this.#text[this.#at] !== ']') throw this.#problem("expected ','")
    }
  }

  #mark(container: object, key: string | number, mark: EntryMark): void {
    if (this.#marks !== undefined) markEntry(this.#marks, container, key, mark)
  }

  #key(): string {
    const char = this.#text[this.#at]
    if (char === '"' || char === "'") return this.#string(char)
    const word = this.#match(/[A-Za-z_$][\w$]*/y)
    if (word === undefined) throw this.#problem(char === undefined ? 'unexpected EOF' : `expected '"', got '${char}'`)
    return word
  }

  #string(quote: string): string {
    let out = ''
    let from = ++this.#at
    for (;;) {
      const char = this.#text[this.#at]
      if (char === undefined) throw this.#problem('unexpected EOF in a string')
      if (char === quote) break
      if (char === '\\') {
        out += this.#text.slice(from, this.#at) + this.#escape()
        from = this.#at
      } else this.#at++
    }
    out += this.#text.slice(from, this.#at)
    this.#at++
    return out
  }

  #escape(): string {
    const char = this.#text[this.#at + 1] ?? ''
    // Of a capital one protobuf's parser takes four digits as well.
    if (char === 'u' || char === 'U') {
      this.#at += 2
      const digits = this.#match(/[\da-fA-F]{4}/y)
      if (digits === undefined) throw this.#problem('invalid Unicode escape')
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const plain = escapes[char]
    if (plain === undefined) throw this.#problem(`invalid escape char: '${char}'`)
    this.#at += 2
    return plain
  }

  #number(): number | bigint {
    const start = this.#at
    const digits = this.#match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y)
    if (digits === undefined) throw this.#problem("expected a number after '-'")
    if (/^-?0\d/.test(digits)) throw this.#problem('number cannot have extraneous leading zero', start)
    if (/[.\w]/.test(this.#text[this.#at] ?? ' '))
      throw this.#problem(`unexpected character: '${this.#text[this.#at]}'`)
    const value = Number(digits)
    if (!Number.isFinite(value) && /[.eE]/.test(digits)) throw this.#problem('number overflow: it is infinite', start)
    return Number.isSafeInteger(value) || !/^-?\d+$/.test(digits) ? value : BigInt(digits)
  }

  #word(): unknown {
    const start = this.#at
    const word = this.#match(/[A-Za-z]+/y)
    if (word === 'true') return true
    if (word === 'false') return false
    if (word === 'null') return null
    throw this.#problem(`unexpected character: '${this.#text[start]}'`, start)
  }

  #blanks(): void {
    this.#match(/[ \t\r\n]*/y)
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  /** `pattern` is sticky. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #problem(message: string, offset = this.#at): JsonProblem {
    return new JsonProblem(message, offset)
  }
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
