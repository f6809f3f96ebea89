/** Reads response heads; the counterpart of `request-head-reader.ts`. Reports its errors as a server would see them. */
import type { ProtocolError } from '../../../api/codec.ts'
import { keepsNames } from '../../headers/header-key-format.ts'
import type { ReceivedLines } from '../../headers/received-lines.ts'
import { LINES_START } from '../../headers/received-lines.ts'
import { ResponseFieldLines } from '../../headers/response-headers.ts'
import { VALUE_BYTE } from '../byte-tables.ts'
import { codecError, HEADERS_TOO_LARGE, TOO_MANY_HEADERS } from '../protocol-errors.ts'
import type { Http1ClientSettings } from '../settings.ts'
import { checkCount, checkRepeated } from './field-line-rules.ts'
import type { StatusLine } from './first-line.ts'
import { parseStatusLine } from './first-line.ts'
import { BYTES_AROUND_FIELD } from '../field-bytes.ts'
import { HeadBuffer } from './head-buffer.ts'
import { normaliseHead } from './normalise-head.ts'
import { originalNames } from './original-names.ts'
import { refusedBytes } from './refused-bytes.ts'
import { lastingHead, LineScan, NOT_CANONICAL, scanLines } from './scan-lines.ts'

const CR = 13
const LF = 10
const SPACE = 32
const ZERO = 48
const LETTER_H = 72
const VERSION_11 = Buffer.from('HTTP/1.1 ')

export class ResponseHeadReader {
  readonly #settings: Http1ClientSettings
  readonly #scan = new LineScan()
  readonly #keepsNames: boolean
  readonly #forwardsReason: boolean
  #buffer: HeadBuffer | undefined = undefined
  #line: StatusLine | undefined = undefined

  /** The head that `read` completed; undefined while it is incomplete. */
  headers: ResponseFieldLines | undefined = undefined
  http11 = true
  /** Bytes of its fields as Envoy counts them: names and values, and three a line for colon and line end. */
  headBytes = 0
  error: ProtocolError | undefined = undefined

  constructor(settings: Http1ClientSettings) {
    const format = settings.headerKeyFormat
    this.#settings = settings
    this.#keepsNames = keepsNames(format)
    this.#forwardsReason = typeof format === 'object' && format.forwardReasonPhrase
  }

  /** Part of a head has been read. */
  get started(): boolean {
    return this.#buffer !== undefined
  }

  /** Presence bits of the head that was completed last. */
  get present(): number {
    return this.#scan.present
  }

  /** Where it stopped: behind the head, or at the end of the input, or at an error. */
  read(chunk: Buffer, from: number): number {
    this.headers = undefined
    this.headBytes = 0
    if (this.#buffer === undefined) {
      // No empty lines before a status line: Envoy wants the H at once.
      if (chunk[from] !== LETTER_H) return this.#fail(codecError('HPE_INVALID_CONSTANT'), from)
      if (!this.#keepsNames) {
        const end = this.#scanInPlace(chunk, from)
        if (end !== NOT_CANONICAL) return end
      }
      this.#buffer = new HeadBuffer()
    }
    return this.#collect(this.#buffer, chunk, from)
  }

  /** The quick way: `HTTP/1.1 NNN …` and canonical lines, all in this chunk. */
  #scanInPlace(chunk: Buffer, from: number): number {
    let p = from
    for (let i = 0; i < VERSION_11.length; i++) if (chunk[p++] !== VERSION_11[i]) return NOT_CANONICAL
    const status = threeDigits(chunk, p)
    p += 3
    if (status < 0 || (chunk[p] !== SPACE && chunk[p] !== CR)) return NOT_CANONICAL
    while (VALUE_BYTE[chunk[p]!] === 1) p++
    if (chunk[p] !== CR || chunk[p + 1] !== LF) return NOT_CANONICAL
    const linesStart = p + 2
    const end = scanLines(chunk, linesStart, from, this.#scan)
    if (end === NOT_CANONICAL) return NOT_CANONICAL
    if (end - from > this.#settings.maxHeadersBytes) return this.#fail(HEADERS_TOO_LARGE, end)
    this.http11 = true
    const head = lastingHead(chunk, from, end)
    return this.#complete(status, undefined, head, linesStart - from, end - 2 - from, undefined, end)
  }

  #collect(buffer: HeadBuffer, chunk: Buffer, from: number): number {
    const stop = buffer.take(chunk, from, this.#settings.maxHeadersBytes)
    if (this.#line === undefined && buffer.firstLineEnd >= 0) {
      const line = parseStatusLine(buffer.bytes().subarray(0, buffer.firstLineEnd))
      if (!line.ok) return this.#fail(line.error, stop)
      this.#line = line
    }
    if (!buffer.complete) {
      return buffer.length >= this.#settings.maxHeadersBytes ? this.#fail(HEADERS_TOO_LARGE, stop) : stop
    }
    const head = normaliseHead(buffer.bytes(), buffer.firstLineEnd)
    if (!head.ok) {
      this.headBytes = head.headBytes
      return this.#fail(head.error, stop)
    }
    const line = this.#line!
    const lines = head.bytes
    const names = originalNames(lines, this.#settings.headerKeyFormat)
    scanLines(lines, LINES_START, 0, this.#scan)
    this.http11 = line.version === 'HTTP/1.1'
    // A peer that gave no phrase leaves it to us.
    const reason = this.#forwardsReason && line.reason !== '' ? line.reason : undefined
    return this.#complete(line.status, reason, lines, LINES_START, lines.length - 2, names, stop)
  }

  #complete(
    status: number,
    reason: string | undefined,
    bytes: Buffer,
    start: number,
    length: number,
    names: ReceivedLines['originalNames'],
    stop: number,
  ): number {
    const scan = this.#scan
    scan.complete(bytes, start, names)
    const headers = new ResponseFieldLines(status, scan)
    headers.reasonPhrase = reason
    // Without a field there is one all the same that is empty.
    this.headBytes = length - start - scan.lines.length / 2 || BYTES_AROUND_FIELD
    this.#buffer = undefined
    this.#line = undefined
    const broken = checkRepeated(headers, scan, false) ?? checkCount(headers, scan, this.#settings, false)
    if (broken !== undefined) {
      this.headBytes = broken === TOO_MANY_HEADERS ? refusedBytes(scan, start, this.#settings.maxHeadersCount) : 0
    }
    scan.release()
    if (broken !== undefined) return this.#fail(broken, stop)
    this.headers = headers
    return stop
  }

  #fail(error: ProtocolError, at: number): number {
    this.error = error
    return at
  }
}

function threeDigits(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = at; i < at + 3; i++) {
    const digit = bytes[i]! - ZERO
    if (!(digit >= 0 && digit <= 9)) return -1
    value = value * 10 + digit
  }
  return value
}
