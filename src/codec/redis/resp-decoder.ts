/**
 * Reads what a Redis server sends (RESP2 and RESP3, https://redis.io/docs/latest/develop/reference/protocol-spec/), within
 * the limits of Envoy. It keeps nothing of what is inside of arrays, maps, sets and attributes, so that memory stays small
 * whatever comes.
 */
import { InlineWords, isSpace } from './inline-words.ts'
import type { RespType, RespValue } from './resp-value.ts'
import { KEPT_BYTES, RESP_LIMITS, RESP_TYPES } from './resp-value.ts'

export interface RespSink {
  /** A whole value that belongs to no other. Attributes are not told. */
  onValue(value: RespValue): void
}

type State =
  | 'root'
  | 'inline'
  | 'type'
  | 'sign'
  | 'integer'
  | 'integer-lf'
  | 'bulk'
  | 'cr'
  | 'lf'
  | 'line'
  | 'boolean'
  | 'complete'

/** A value that is being read. */
interface Frame {
  type: RespType
  readonly isAttribute: boolean
  /** Values inside of it that have not been read, the current one included. */
  remaining: number
}

const CR = 13
const LF = 10
const MINUS = 45
const ZERO = 48

const MOST_INTEGER = (1n << 63n) - 1n
/** Of the numbers on the way, as Envoy counts them. */
const MOST_DIGITS = (1n << 64n) - 1n

const DOUBLE =
  /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p[+-]?\d+)?|inf(?:inity)?|nan(?:\(\w*\))?)$/i
/** Nothing that comes later could mend it. */
const UNPRINTABLE = /[^!-~]/
const BIG_NUMBER = /^[+-]?\d+$/

const COUNTED: readonly RespType[] = ['array', 'set', 'push', 'map']

export class RespDecoder {
  readonly #sink: RespSink
  readonly #inline = new InlineWords()
  #state: State = 'root'
  readonly #stack: Frame[] = []
  #text = ''
  #textBytes = 0
  #integer = 0n
  #negative = false
  #hasDigit = false
  #bulkLeft = 0
  #totalElements = 0
  #attributes = 0
  #openAttributes = 0

  constructor(sink: RespSink) {
    this.#sink = sink
  }

  /** Returns what is wrong with the bytes, after which nothing more is to come; undefined when all is well so far. */
  dispatch(bytes: Uint8Array): string | undefined {
    let at = 0
    while (at < bytes.length || this.#state === 'complete') {
      if (this.#state === 'complete') {
        this.#complete()
        continue
      }
      if (this.#state === 'bulk' || this.#state === 'line') {
        const taken = this.#state === 'bulk' ? this.#takeBulk(bytes, at) : this.#takeLine(bytes, at)
        if (typeof taken === 'string') return taken
        at += taken
        continue
      }
      if (this.#state === 'root') {
        this.#startRoot(bytes[at]!)
        continue
      }
      const error = this.#take(bytes[at]!)
      if (error !== undefined) return error
      at++
    }
    return undefined
  }

  // ------------------------------------------------------------------------------------------------ single bytes

  #take(byte: number): string | undefined {
    switch (this.#state) {
      case 'inline':
        return this.#takeInline(byte)
      case 'type':
        return this.#takeType(byte)
      case 'sign':
        this.#state = 'integer'
        this.#negative = byte === MINUS
        return this.#negative ? undefined : this.#takeDigit(byte)
      case 'integer':
        return this.#takeDigit(byte)
      case 'integer-lf':
        return byte === LF ? this.#endInteger() : 'expected new line'
      case 'cr':
        if (byte !== CR) return 'expected carriage return'
        this.#state = 'lf'
        return undefined
      case 'lf':
        if (byte !== LF) return 'expected new line'
        this.#state = 'complete'
        return undefined
      case 'boolean':
        if (byte !== 0x74 && byte !== 0x66) return 'invalid boolean value'
        this.#state = 'cr'
        return undefined
      default:
        return undefined
    }
  }

  #takeInline(byte: number): string | undefined {
    const outcome = this.#inline.take(byte)
    if (outcome === 'error') return 'unbalanced quotes or too many words'
    if (outcome === 'end') this.#state = 'lf'
    return undefined
  }

  #startRoot(first: number): void {
    this.#totalElements = 0
    const isWord = /[0-9A-Za-z"']/.test(String.fromCharCode(first)) || isSpace(first)
    if (!isWord) {
      this.#state = 'type'
      return
    }
    this.#stack.push({ type: 'array', isAttribute: false, remaining: 0 })
    this.#inline.start()
    this.#state = 'inline'
  }

  #takeType(byte: number): string | undefined {
    const sign = String.fromCharCode(byte)
    const type = Object.hasOwn(RESP_TYPES, sign) ? RESP_TYPES[sign] : undefined
    if (type === undefined) return 'invalid value type'
    const isAttribute = sign === '|'
    if (isAttribute) {
      if (++this.#attributes > RESP_LIMITS.attributes) return 'too many consecutive attributes'
      this.#openAttributes++
    }
    this.#stack.push({ type, isAttribute, remaining: 0 })
    this.#text = ''
    this.#textBytes = 0
    this.#integer = 0n
    this.#negative = false
    this.#hasDigit = false
    this.#state = stateAfter(type)
    return undefined
  }

  #takeDigit(byte: number): string | undefined {
    if (byte === CR) {
      this.#state = 'integer-lf'
      return undefined
    }
    const digit = byte - ZERO
    if (digit < 0 || digit > 9) return 'invalid integer character'
    this.#integer = this.#integer * 10n + BigInt(digit)
    this.#hasDigit = true
    return this.#integer > MOST_DIGITS ? 'integer overflow' : undefined
  }

  #endInteger(): string | undefined {
    if (!this.#hasDigit) return 'integer with no digits'
    const frame = this.#stack.at(-1)!
    if (COUNTED.includes(frame.type)) return this.#openCounted(frame)
    if (frame.type === 'integer') {
      if (this.#integer > MOST_INTEGER + (this.#negative ? 1n : 0n)) return 'integer out of range'
      if (this.#negative) this.#integer = -this.#integer
      this.#state = 'complete'
      return undefined
    }
    if (this.#negative) return this.#becomeNull(frame, 'bulk-string')
    if (this.#integer > RESP_LIMITS.bulkBytes) return 'bulk string length exceeds maximum'
    this.#bulkLeft = Number(this.#integer)
    this.#integer = 0n
    this.#state = 'bulk'
    return undefined
  }

  #openCounted(frame: Frame): string | undefined {
    if (this.#negative) return this.#becomeNull(frame, 'array')
    const elements = frame.type === 'map' ? this.#integer * 2n : this.#integer
    this.#integer = 0n
    if (elements === 0n) {
      this.#state = 'complete'
      return undefined
    }
    if (elements > RESP_LIMITS.elements) return 'element count exceeds maximum'
    this.#totalElements += Number(elements)
    if (this.#totalElements > RESP_LIMITS.totalElements) return 'total element count exceeds maximum'
    if (this.#stack.length >= RESP_LIMITS.nesting) return 'nesting depth exceeds maximum'
    frame.remaining = Number(elements)
    this.#state = 'type'
    return undefined
  }

  /** The one length below zero that means something: -1, of the older types. */
  #becomeNull(frame: Frame, of: RespType): string | undefined {
    if (frame.type !== of || this.#integer !== 1n) return 'invalid negative length'
    frame.type = 'null'
    this.#integer = 0n
    this.#state = 'complete'
    return undefined
  }

  // ------------------------------------------------------------------------------------------------ many bytes

  /** How many were taken, or what is wrong. */
  #takeBulk(bytes: Uint8Array, from: number): number | string {
    const count = Math.min(this.#bulkLeft, bytes.length - from)
    this.#keep(bytes, from, from + count)
    this.#bulkLeft -= count
    if (this.#bulkLeft > 0) return count
    const isVerbatim = this.#stack.at(-1)!.type === 'verbatim-string'
    if (isVerbatim && this.#text[3] !== ':') return 'invalid verbatim string value'
    this.#state = 'cr'
    return count
  }

  #takeLine(bytes: Uint8Array, from: number): number | string {
    const cr = bytes.indexOf(CR, from)
    const end = cr < 0 ? bytes.length : cr
    const { type } = this.#stack.at(-1)!
    const length = this.#textBytes + (end - from)
    if (type === 'double' && length > RESP_LIMITS.doubleBytes) return 'double value too long'
    if (type === 'big-number' && length > RESP_LIMITS.bigNumberBytes) return 'big number value too long'
    this.#keep(bytes, from, end)
    if (type === 'double' && UNPRINTABLE.test(this.#text)) return 'invalid double value'
    if (cr < 0) return end - from
    if (type === 'double' && !DOUBLE.test(this.#text)) return 'invalid double value'
    if (type === 'big-number' && !BIG_NUMBER.test(this.#text)) return 'invalid big number value'
    this.#state = 'lf'
    return end + 1 - from
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    this.#textBytes += to - from
    const room = KEPT_BYTES - this.#text.length
    if (room <= 0 || to === from) return
    const kept = Math.min(to, from + room)
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset + from, kept - from).toString('latin1')
  }

  // ------------------------------------------------------------------------------------------------ whole values

  #complete(): void {
    const frame = this.#stack.pop()!
    if (frame.isAttribute) this.#openAttributes--
    else if (this.#openAttributes === 0) this.#attributes = 0
    const outer = this.#stack.at(-1)
    if (outer === undefined) {
      if (frame.isAttribute) {
        this.#totalElements = 0
        this.#state = 'type'
      } else this.#tell(frame.type)
    } else if (frame.isAttribute || --outer.remaining > 0) this.#state = 'type'
  }

  #tell(type: RespType): void {
    const text = this.#text
    const integer = this.#integer
    this.#text = ''
    this.#integer = 0n
    this.#state = 'root'
    const isPlain = !COUNTED.includes(type) && type !== 'null' && type !== 'boolean'
    this.#sink.onValue({ type, text: isPlain ? text : '', integer: type === 'integer' ? integer : 0n })
  }
}

function stateAfter(type: RespType): State {
  switch (type) {
    case 'simple-string':
    case 'error':
    case 'double':
    case 'big-number':
      return 'line'
    case 'null':
      return 'cr'
    case 'boolean':
      return 'boolean'
    default:
      return 'sign'
  }
}
