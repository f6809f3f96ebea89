/**
 * Reads request heads. A head that came in one piece and in canonical form is scanned where it lies; every other one is
 * collected, normalised, and then goes the same way.
 */
import type { ProtocolError } from '../../../api/codec.ts'
import { recentTexts } from '../../../base/recent-texts.ts'
import { keepsNames } from '../../headers/header-key-format.ts'
import type { ReceivedLines } from '../../headers/received-lines.ts'
import { LINES_START } from '../../headers/received-lines.ts'
import { RequestFieldLines } from '../../headers/request-headers.ts'
import { PATH_BYTE } from '../byte-tables.ts'
import { methodAt } from '../methods.ts'
import {
  CODEC_ERROR,
  codecError,
  HEADERS_TOO_LARGE,
  LOW_VERSION,
  TOO_MANY_HEADERS,
  UNEXPECTED_UNDERSCORE,
} from '../protocol-errors.ts'
import type { Http1ServerSettings } from '../settings.ts'
import type { RequestLine } from './first-line.ts'
import { parseRequestLine } from './first-line.ts'
import { BYTES_AROUND_FIELD } from '../field-bytes.ts'
import { applyUnderscoresAction, checkCount, checkRepeated } from './field-line-rules.ts'
import { HeadBuffer } from './head-buffer.ts'
import { normaliseHead } from './normalise-head.ts'
import { originalNames } from './original-names.ts'
import { INVALID_CONTENT_LENGTH } from './framing.ts'
import { refusedBytes, underscoredLine } from './refused-bytes.ts'
import { completeRequestHead, knowsMethodBy } from './request-head.ts'
import { lastingHead, LineScan, NOT_CANONICAL, scanLines } from './scan-lines.ts'

const CR = 13
const LF = 10
const SPACE = 32
const SLASH = 47
const HTTP_11_LINE_END = Buffer.from(' HTTP/1.1\r\n')
const NO_LINES = Buffer.from('\r\n\r\n')

export class RequestHeadReader {
  readonly #settings: Http1ServerSettings
  readonly #scan = new LineScan()
  readonly #keepsNames: boolean
  #buffer: HeadBuffer | undefined = undefined
  /** The first line of the head in the buffer, once it is complete. */
  #line: RequestLine | undefined = undefined
  #sawLeadingByte = false

  /** The head that `read` completed; undefined while it is incomplete. */
  headers: RequestFieldLines | undefined = undefined
  /** How its body is delimited, see `framing.ts`. */
  framing = 0
  /** Also of a head with an error, once its lines were read; before, it counts as HTTP/1.1. */
  http11 = true
  /** Bytes of its fields as Envoy counts them: names and values, and three a line for colon and line end. */
  headBytes = 0
  error: ProtocolError | undefined = undefined
  /** With an error: what a reply without a body needs to know of a HEAD. */
  refusedHead: 'chunked' | 'unframed' | undefined = undefined

  constructor(settings: Http1ServerSettings) {
    this.#settings = settings
    this.#keepsNames = keepsNames(settings.headerKeyFormat)
  }

  /** Reads from `from`; where it stopped: behind the head, or at the end of the input, or at an error. */
  read(chunk: Buffer, from: number): number {
    this.headers = undefined
    this.http11 = true
    this.headBytes = 0
    if (this.#buffer === undefined) {
      if (!this.#sawLeadingByte) {
        if (!this.#keepsNames) {
          const end = this.#scanInPlace(chunk, from)
          if (end !== NOT_CANONICAL) return end
        }
        this.#sawLeadingByte = true
      }
      while (from < chunk.length && isLineEnd(chunk[from]!)) from++
      if (from === chunk.length) return from
      if (chunk[from]! <= SPACE) return this.#fail(codecError('NO_REQUEST_LINE_IN_REQUEST'), from)
      this.#buffer = new HeadBuffer()
    }
    return this.#collect(this.#buffer, chunk, from)
  }

  /** The quick way: `METHOD /path HTTP/1.1` and canonical lines, all in this chunk. */
  #scanInPlace(chunk: Buffer, from: number): number {
    let p = from
    while (chunk[p]! > SPACE) p++
    const method = methodAt(chunk, from, p)
    const pathStart = p + 1
    if (method === undefined || chunk[p] !== SPACE || chunk[pathStart] !== SLASH) return NOT_CANONICAL
    p = pathStart
    while (PATH_BYTE[chunk[p]!] === 1) p++
    const pathEnd = p
    for (let i = 0; i < HTTP_11_LINE_END.length; i++) if (chunk[p++] !== HTTP_11_LINE_END[i]) return NOT_CANONICAL
    const linesStart = p
    const end = scanLines(chunk, linesStart, from, this.#scan)
    if (end === NOT_CANONICAL) return NOT_CANONICAL
    if (end - from > this.#settings.maxHeadersBytes) return this.#fail(HEADERS_TOO_LARGE, end)
    const path = recentTexts.get(chunk, pathStart, pathEnd)
    const head = lastingHead(chunk, from, end)
    return this.#complete(method, path, true, head, linesStart - from, end - 2 - from, undefined, end)
  }

  #collect(buffer: HeadBuffer, chunk: Buffer, from: number): number {
    const stop = buffer.take(chunk, from, this.#settings.maxHeadersBytes)
    if (this.#line === undefined && buffer.firstLineEnd >= 0) {
      const line = parseRequestLine(buffer.bytes().subarray(0, buffer.firstLineEnd), this.#settings.allowCustomMethods)
      if (!line.ok) return this.#fail(line.error, stop)
      this.#line = line
      if (line.version === '') return this.#completeHttp09(line, buffer, stop)
    }
    if (!buffer.complete) {
      return buffer.length >= this.#settings.maxHeadersBytes ? this.#fail(HEADERS_TOO_LARGE, stop) : stop
    }
    const head = normaliseHead(buffer.bytes(), buffer.firstLineEnd)
    if (!head.ok) {
      this.headBytes = head.headBytes
      return this.#fail(head.error, stop)
    }
    return this.#completeBuffered(this.#line!, head.bytes, stop)
  }

  /** A line without a version is a whole request; what came behind it belongs to the next one. */
  #completeHttp09(line: RequestLine, buffer: HeadBuffer, stop: number): number {
    return this.#completeBuffered(line, NO_LINES, stop - (buffer.length - buffer.firstLineEnd))
  }

  #completeBuffered(line: RequestLine, lines: Buffer, stop: number): number {
    const names = originalNames(lines, this.#settings.headerKeyFormat)
    scanLines(lines, LINES_START, 0, this.#scan)
    const http11 = line.version === 'HTTP/1.1'
    return this.#complete(line.method, line.target, http11, lines, LINES_START, lines.length - 2, names, stop)
  }

  #complete(
    method: string,
    target: string,
    http11: boolean,
    bytes: Buffer,
    start: number,
    length: number,
    names: ReceivedLines['originalNames'],
    stop: number,
  ): number {
    const scan = this.#scan
    scan.complete(bytes, start, names)
    const headers = new RequestFieldLines(method, target, undefined, scan)
    // Without a field there is one all the same that is empty.
    this.headBytes = length - start - scan.lines.length / 2 || BYTES_AROUND_FIELD
    this.#buffer = undefined
    this.#line = undefined
    this.#sawLeadingByte = false
    const broken =
      checkRepeated(headers, scan, false) ??
      applyUnderscoresAction(headers, this.#settings) ??
      checkCount(headers, scan, this.#settings, false)
    if (broken === undefined) this.http11 = http11
    const framing = broken ?? completeRequestHead(headers, scan, http11, this.#settings)
    if (framing === TOO_MANY_HEADERS) this.headBytes = refusedBytes(scan, start, this.#settings.maxHeadersCount)
    else if (framing === UNEXPECTED_UNDERSCORE) {
      this.headBytes = refusedBytes(scan, start, underscoredLine(scan, start))
    }
    // A length that is no number, or there twice, is the parser's to refuse, before anything counts.
    else if (framing === INVALID_CONTENT_LENGTH || scan.repeatedLength) this.headBytes = 0
    scan.release()
    if (typeof framing !== 'number') {
      if (method === 'HEAD' && knowsMethodBy(framing)) {
        this.refusedHead = framing === LOW_VERSION ? 'unframed' : 'chunked'
      }
      return this.#fail(framing, stop)
    }
    this.headers = headers
    this.framing = framing
    return stop
  }

  #fail(error: ProtocolError, at: number): number {
    this.error = error
    if (error.details === CODEC_ERROR) this.http11 = true
    return at
  }
}

function isLineEnd(byte: number): boolean {
  return byte === CR || byte === LF
}
