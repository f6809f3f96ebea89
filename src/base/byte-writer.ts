/**
 * Puts bytes together from pieces of latin1 text. A string made of the same pieces would be a tree that the runtime
 * flattens into memory of its own before a byte of it can be sent.
 */
import type { ComposedBytes } from '../api/bytes.ts'

const USUAL_BYTES = 16 * 1024
/** From here on a call into the runtime is cheaper than a loop. */
const LONG_TEXT = 160

export class ByteWriter implements ComposedBytes {
  bytes = Buffer.allocUnsafeSlow(USUAL_BYTES)
  words = new Int32Array(this.bytes.buffer)
  length = 0

  /** Begins anew. */
  begin(): this {
    this.length = 0
    // What a huge head has made large is given back by the next one.
    if (this.bytes.length > USUAL_BYTES) this.#resize(USUAL_BYTES)
    return this
  }

  text(text: string): void {
    this.piece(text, 0, text.length)
  }

  /** The part of `text` from `from` up to `to`. */
  piece(text: string, from: number, to: number): void {
    let at = this.length
    const end = at + to - from
    if (end > this.bytes.length) this.#resize(Math.max(end, 2 * this.bytes.length))
    const { bytes } = this
    if (to - from >= LONG_TEXT) bytes.latin1Write(text.substring(from, to), at)
    else for (let i = from; i < to; i++) bytes[at++] = text.charCodeAt(i)
    this.length = end
  }

  toString(): string {
    return this.bytes.latin1Slice(0, this.length)
  }

  #resize(size: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.ceil(size / 4) * 4)
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
    this.words = new Int32Array(larger.buffer)
  }
}

/** Of this thread, for what is handed over before anybody else begins. */
export const byteWriter = new ByteWriter()
