/**
 * Collects a head (or trailers) that did not arrive in one piece or is not in canonical form, and finds its end: an
 * empty line, ended by CRLF or LF. Every byte is looked at once, however it arrives. Memory is bounded by the limit.
 */
const CR = 13
const LF = 10

const FIRST_CAPACITY = 1024

export class HeadBuffer {
  #bytes: Buffer | undefined = undefined
  #length = 0
  #lineStart = 0
  #firstLineEnd = -1
  #complete = false

  get length(): number {
    return this.#length
  }

  /** The empty line was found; it is the last thing in the buffer. */
  get complete(): boolean {
    return this.#complete
  }

  /** Where the second line starts, or -1 while the first one is incomplete. */
  get firstLineEnd(): number {
    return this.#firstLineEnd
  }

  /** Takes bytes up to the end of the head, at most until `limit` are held; where it stopped. */
  take(chunk: Uint8Array, from: number, limit: number): number {
    const end = Math.min(chunk.length, from + limit - this.#length)
    let stop = from
    while (stop < end && !this.#complete) {
      const lf = chunk.indexOf(LF, stop)
      if (lf < 0 || lf >= end) {
        stop = end
        break
      }
      stop = lf + 1
      this.#noteLine(chunk, from, this.#length + stop - from)
    }
    this.#append(chunk, from, stop)
    return stop
  }

  /** The head; valid until `reset`. */
  bytes(): Buffer {
    return this.#bytes === undefined ? Buffer.alloc(0) : this.#bytes.subarray(0, this.#length)
  }

  /** Forgets everything, memory included: most connections never need it again. */
  reset(): void {
    this.#bytes = undefined
    this.#length = 0
    this.#lineStart = 0
    this.#firstLineEnd = -1
    this.#complete = false
  }

  /** A line ends at `lineEnd` (counted in the whole head, of which the part from `held` on is still in the chunk). */
  #noteLine(chunk: Uint8Array, chunkFrom: number, lineEnd: number): void {
    const lineLength = lineEnd - this.#lineStart
    const before = lineEnd - 2
    const byteBefore = before < this.#length ? this.#bytes?.[before] : chunk[chunkFrom + before - this.#length]
    if (lineLength === 1 || (lineLength === 2 && byteBefore === CR)) this.#complete = true
    if (this.#firstLineEnd < 0) this.#firstLineEnd = lineEnd
    this.#lineStart = lineEnd
  }

  #append(chunk: Uint8Array, from: number, to: number): void {
    const length = this.#length + to - from
    const held = this.#bytes
    if (held === undefined || held.length < length) {
      const larger = Buffer.allocUnsafe(Math.max(length, held === undefined ? FIRST_CAPACITY : held.length * 2))
      if (held !== undefined) held.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#bytes!.set(chunk.subarray(from, to), this.#length)
    this.#length = length
  }
}
