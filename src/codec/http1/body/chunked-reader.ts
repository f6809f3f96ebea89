/**
 * The chunked coding as Envoy's parser (Balsa) reads it, quirks included: anything between a chunk's data and the next
 * line feed is skipped, extensions are skipped unless a bare CR or LF is in them, sizes go up to 2⁶⁴−1.
 */
import type { ProtocolError } from '../../../api/codec.ts'
import { HEX_DIGIT } from '../byte-tables.ts'
import { codecError } from '../protocol-errors.ts'

const CR = 13
const LF = 10
const SPACE = 32
const TAB = 9
const SEMICOLON = 59
const NOT_HEX = 255
/** A size of more significant digits does not fit 64 bits. */
const MAX_DIGITS = 16

/** CRLF CRLF or LF LF, seen from the last byte: the bytes of line ends so far, eight bits each. */
const END_CRLF = 0x0a0d0a
const END_LF = 0x0a0a

const SIZE = 0
const EXTENSION = 1
const DATA = 2
const DATA_END = 3
const LAST_CHUNK_END = 4
const TRAILERS = 5
const DONE = 6

const INVALID_CHUNK_SIZE = codecError('HPE_INVALID_CHUNK_SIZE')
const INVALID_CHUNK_EXTENSION = codecError('INVALID_CHUNK_EXTENSION')

export class ChunkedReader {
  #state = SIZE
  #remaining = 0
  #digits = 0
  #sawDigit = false
  #previous = 0
  #lineEnds = 0
  /** What made the body unreadable. */
  error: ProtocolError | undefined = undefined

  /** The last chunk and the line behind it were read; there are no trailers. */
  get done(): boolean {
    return this.#state === DONE
  }

  /** The last chunk began: what is wrong from here on is not the body's fault. */
  get pastData(): boolean {
    return this.#state >= LAST_CHUNK_END || (this.#state === EXTENSION && this.#remaining === 0)
  }

  /** The next byte is the first of the trailers. */
  get atTrailers(): boolean {
    return this.#state === TRAILERS
  }

  /** A state for the next body. */
  start(): void {
    this.#state = SIZE
    this.#remaining = 0
    this.#digits = 0
    this.#sawDigit = false
    this.#previous = 0
    this.#lineEnds = 0
    this.error = undefined
  }

  /** Reads from `p`; body bytes go out as views. Where it stopped: the end of the input, the body, or an error. */
  read(chunk: Buffer, p: number, into: { push(view: Uint8Array): void }): number {
    const end = chunk.length
    while (p < end) {
      switch (this.#state) {
        case SIZE:
          p = this.#readSize(chunk, p)
          if (this.error !== undefined) return p
          break
        case EXTENSION:
          p = this.#readExtension(chunk, p)
          if (this.error !== undefined) return p
          break
        case DATA: {
          const count = Math.min(this.#remaining, end - p)
          into.push(chunk.subarray(p, p + count))
          p += count
          this.#remaining -= count
          if (this.#remaining === 0) this.#state = DATA_END
          break
        }
        case DATA_END: {
          const lf = chunk[p] === CR && chunk[p + 1] === LF ? p + 1 : chunk.indexOf(LF, p)
          if (lf < 0) return end
          p = lf + 1
          this.#state = SIZE
          break
        }
        case LAST_CHUNK_END:
          p = this.#readLastChunkEnd(chunk, p)
          break
        default:
          return p
      }
    }
    return p
  }

  #readSize(chunk: Buffer, p: number): number {
    for (; p < chunk.length; p++) {
      const c = chunk[p]!
      const digit = HEX_DIGIT[c]!
      if (digit !== NOT_HEX) {
        this.#sawDigit = true
        if (this.#digits > 0 || digit > 0) this.#digits++
        if (this.#digits > MAX_DIGITS) {
          this.error = INVALID_CHUNK_SIZE
          return p
        }
        this.#remaining = this.#remaining * 16 + digit
        continue
      }
      if (!this.#sawDigit || (c !== CR && c !== LF && c !== SPACE && c !== TAB && c !== SEMICOLON)) {
        this.error = INVALID_CHUNK_SIZE
        return p
      }
      this.#state = EXTENSION
      this.#previous = 0
      return p
    }
    return p
  }

  #readExtension(chunk: Buffer, p: number): number {
    for (; p < chunk.length; p++) {
      const c = chunk[p]!
      if ((this.#previous === CR) !== (c === LF)) {
        this.error = INVALID_CHUNK_EXTENSION
        return p
      }
      this.#previous = c
      if (c !== LF) continue
      this.#sawDigit = false
      this.#digits = 0
      this.#lineEnds = LF
      this.#state = this.#remaining === 0 ? LAST_CHUNK_END : DATA
      return p + 1
    }
    return p
  }

  #readLastChunkEnd(chunk: Buffer, p: number): number {
    for (; p < chunk.length; p++) {
      const c = chunk[p]!
      if (c !== CR && c !== LF) {
        this.#state = TRAILERS
        this.#lineEnds = 0
        return p
      }
      if (this.#endsMessage(c)) {
        this.#state = DONE
        return p + 1
      }
    }
    return p
  }

  #endsMessage(c: number): boolean {
    if (c !== CR && c !== LF) {
      this.#lineEnds = 0
      return false
    }
    this.#lineEnds = ((this.#lineEnds << 8) | c) & 0xffffff
    return this.#lineEnds === END_CRLF || (this.#lineEnds & 0xffff) === END_LF
  }
}
