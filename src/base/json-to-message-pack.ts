/** JSON text as MessagePack; from text, as it tells whole numbers from others. */
import { MessagePackWriter } from './message-pack.ts'

const WHOLE = /^-?\d+$/
const NUMBER = /-?\d[\d.eE+-]*/y
const STRING = /"(?:[^"\\]|\\.)*"/y
const BLANK = /[ \n\r\t]*/y

/** `json` is latin1, one byte a code unit; it must be valid, and without members twice. */
export function jsonToMessagePack(json: string): Uint8Array {
  const writer = new MessagePackWriter()
  new Transcoder(json, writer).value()
  return writer.finish()
}

class Transcoder {
  readonly #json: string
  #writer: MessagePackWriter
  #at = 0

  constructor(json: string, writer: MessagePackWriter) {
    this.#json = json
    this.#writer = writer
  }

  value(): void {
    this.#skipBlanks()
    switch (this.#json[this.#at]) {
      case '{':
        return this.#list('}', (count) => this.#writer.map(count), true)
      case '[':
        return this.#list(']', (count) => this.#writer.array(count), false)
      case '"':
        return void this.#writer.text(this.#string())
      case 't':
        return this.#word('true', () => this.#writer.boolean(true))
      case 'f':
        return this.#word('false', () => this.#writer.boolean(false))
      case 'n':
        return this.#word('null', () => this.#writer.nil())
      default:
        return this.#number(this.#token(NUMBER))
    }
  }

  /** How many there are stands in front of them, so they are written aside. */
  #list(close: string, head: (count: number) => void, keyed: boolean): void {
    const outer = this.#writer
    this.#writer = new MessagePackWriter()
    let count = 0
    for (this.#at++; ; this.#at++) {
      this.#skipBlanks()
      if (this.#json[this.#at] === close) break
      count++
      if (keyed) {
        this.#writer.text(this.#string())
        this.#skipBlanks()
        this.#at++
      }
      this.value()
      this.#skipBlanks()
      if (this.#json[this.#at] === close) break
    }
    this.#at++
    const inner = this.#writer.finish()
    this.#writer = outer
    head(count)
    outer.raw(inner)
  }

  #number(text: string): void {
    if (WHOLE.test(text)) {
      const value = BigInt(text)
      if (value < 1n << 64n && value >= -(1n << 63n)) return void this.#writer.integer(value)
    }
    this.#writer.float(Number(text))
  }

  #string(): string {
    const token = this.#token(STRING)
    if (!token.includes('\\')) return token.slice(1, -1)
    const text = JSON.parse(Buffer.from(token, 'latin1').toString('utf8')) as string
    return Buffer.from(text, 'utf8').toString('latin1')
  }

  #word(word: string, write: () => void): void {
    this.#at += word.length
    write()
  }

  #token(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const token = pattern.exec(this.#json)?.[0] ?? ''
    // Anything else would never end.
    if (token === '') throw new Error(`no JSON at ${this.#at}`)
    this.#at += token.length
    return token
  }

  #skipBlanks(): void {
    BLANK.lastIndex = this.#at
    this.#at += BLANK.exec(this.#json)?.[0].length ?? 0
  }
}
