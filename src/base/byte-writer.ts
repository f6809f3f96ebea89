/**
 * Puts bytes together from pieces of latin1 text and of other bytes. A string made of the same pieces would be a tree that
 * the runtime flattens into memory of its own before a byte of it can be sent.
 */
import type { ComposedBytes } from '../api/bytes.ts'

const USUAL_BYTES = 16 * 1024
/** From here on a call into the runtime is cheaper than a loop. */
const LONG_TEXT = 12
const MANY_BYTES = 32

export class ByteWriter implements ComposedBytes {
  bytes = Buffer.allocUnsafeSlow(USUAL_BYTES)
  length = 0

  /** Begins anew. */
  begin(): this {
    this.length = 0
    // What a huge head has made large is given back by the next one.
    if (this.bytes.length > USUAL_BYTES) this.#resize(USUAL_BYTES)
    return this
  }

  text(text: string): void {
    const { length } = text
    const at = this.#take(length)
    const { bytes } = this
    if (length >= LONG_TEXT) bytes.latin1Write(text, at)
    else for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i)
  }

  /** What `from` has between the two offsets. */
  copy(from: Buffer, start: number, end: number): void {
    let at = this.#take(end - start)
    const { bytes } = this
    if (end - start >= MANY_BYTES) from.copy(bytes, at, start, end)
    else for (let i = start; i < end; i++) bytes[at++] = from[i]!
  }

  toString(): string {
    return this.bytes.latin1Slice(0, this.length)
  }

  /** Where so many more bytes go. */
  #take(count: number): number {
    const at = this.length
    const end = at + count
    if (end > this.bytes.length) this.#resize(Math.max(end, 2 * this.bytes.length))
    this.length = end
    return at
  }

  #resize(size: number): void {
    const larger = Buffer.allocUnsafeSlow(size)
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }
}

/** Of this thread, for what is handed over before anybody else begins. */
export const byteWriter = new ByteWriter()
