/**
 * Reads a message's body, however it is delimited, and its trailers. Body bytes go out as views on the input, but a few
 * bytes are copied: a view costs 120 ns and the collector its buffer, a copy of that size 40 ns.
 */
import type { ProtocolError } from '../../../api/codec.ts'
import { FieldLines } from '../../headers/field-lines.ts'
import { LINES_START } from '../../headers/received-lines.ts'
import { checkCount, checkRepeated } from '../head/field-line-rules.ts'
import { CHUNKED } from '../head/framing.ts'
import { HeadBuffer } from '../head/head-buffer.ts'
import { normaliseHead } from '../head/normalise-head.ts'
import { LineScan, scanLines } from '../head/scan-lines.ts'
import { refusedBytes, underscoredLine } from '../head/refused-bytes.ts'
import { TOO_MANY_TRAILERS, TRAILERS_TOO_LARGE, UNEXPECTED_UNDERSCORE } from '../protocol-errors.ts'
import type { Http1CommonSettings } from '../settings.ts'
import { ChunkedReader } from './chunked-reader.ts'

/** Up to here the runtime makes small arrays within its own heap. */
const COPY_LIMIT_BYTES = 1000

export class BodyReader {
  readonly #settings: Http1CommonSettings
  readonly #checkNames: ((trailers: FieldLines) => ProtocolError | undefined) | undefined
  /** Bytes to come; negative for a body without a length of its own. */
  #remaining = 0
  #chunked: ChunkedReader | undefined = undefined
  #trailerBuffer: HeadBuffer | undefined = undefined
  /** Only now and then does a connection have a chunked body, hence made on demand and kept. */
  #isChunked = false
  #done = true
  trailers: FieldLines | undefined = undefined
  error: ProtocolError | undefined = undefined
  /** With an error: what counts of the trailers it is in. */
  refusedBytes = 0

  /** `checkNames`: what else names of trailers are held to. */
  constructor(settings: Http1CommonSettings, checkNames?: (trailers: FieldLines) => ProtocolError | undefined) {
    this.#settings = settings
    this.#checkNames = checkNames
  }

  /** Everything of the message was read. */
  get done(): boolean {
    return this.#done
  }

  /** What is wrong stands behind the body, which is whole. */
  get pastData(): boolean {
    return this.#isChunked && this.#chunked?.pastData === true
  }

  /** `framing` as in `framing.ts`, but not 0. */
  start(framing: number): void {
    this.trailers = undefined
    this.#done = false
    this.#remaining = framing
    this.#isChunked = framing === CHUNKED
    if (this.#isChunked) (this.#chunked ??= new ChunkedReader()).start()
  }

  /** Where it stopped: behind the message, at the end of the input, or at an error. */
  read(chunk: Buffer, from: number, into: { push(view: Uint8Array): void }): number {
    if (this.#isChunked) return this.#readChunked(this.#chunked!, chunk, from, into)
    if (this.#remaining < 0) {
      into.push(from === 0 ? chunk : chunk.subarray(from))
      return chunk.length
    }
    const available = chunk.length - from
    if (available < this.#remaining) {
      this.#remaining -= available
      into.push(from === 0 ? chunk : chunk.subarray(from))
      return chunk.length
    }
    const end = from + this.#remaining
    into.push(from === 0 && end === chunk.length ? chunk : piece(chunk, from, end))
    this.#done = true
    return end
  }

  #readChunked(chunked: ChunkedReader, chunk: Buffer, from: number, into: { push(view: Uint8Array): void }): number {
    const p = chunked.read(chunk, from, into)
    if (chunked.error !== undefined) {
      this.error = chunked.error
      return p
    }
    if (chunked.done) this.#done = true
    return chunked.atTrailers && p < chunk.length ? this.#readTrailers(chunk, p) : p
  }

  #readTrailers(chunk: Buffer, from: number): number {
    const buffer = (this.#trailerBuffer ??= new HeadBuffer())
    const stop = buffer.take(chunk, from, this.#settings.maxHeadersBytes)
    if (!buffer.complete) {
      if (buffer.length >= this.#settings.maxHeadersBytes) this.error = TRAILERS_TOO_LARGE
      return stop
    }
    const lines = normaliseHead(buffer.bytes(), 0)
    this.#trailerBuffer = undefined
    if (!lines.ok) {
      this.error = lines.error
      if (this.#settings.enableTrailers) this.refusedBytes = lines.headBytes
      return stop
    }
    this.#done = true
    // Nobody asked for them: they have to be well-formed all the same.
    if (!this.#settings.enableTrailers) return stop
    const scan = new LineScan()
    scanLines(lines.bytes, LINES_START, 0, scan)
    // Names of trailers are written on in lower case, whatever the format.
    scan.complete(lines.bytes, LINES_START, undefined)
    const trailers = new FieldLines(scan)
    this.error =
      checkRepeated(trailers, scan, true) ??
      this.#checkNames?.(trailers) ??
      checkCount(trailers, scan, this.#settings, true)
    if (this.error === TOO_MANY_TRAILERS) {
      this.refusedBytes = refusedBytes(scan, LINES_START, this.#settings.maxHeadersCount)
    } else if (this.error === UNEXPECTED_UNDERSCORE) {
      this.refusedBytes = refusedBytes(scan, LINES_START, underscoredLine(scan, LINES_START))
    }
    this.trailers = trailers
    return stop
  }
}

function piece(chunk: Buffer, from: number, end: number): Uint8Array {
  if (end - from > COPY_LIMIT_BYTES) return chunk.subarray(from, end)
  const copy = new Uint8Array(end - from)
  chunk.copy(copy, 0, from, end)
  return copy
}
