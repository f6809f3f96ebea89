/** One request's stream as the upstream side holds it: writes the request, delivers the response. */
import type { ByteQueue, ComposedBytes } from '../../api/bytes.ts'
import type { BytesMeter, RequestEncoder, ResetReason, ResponseDecoder } from '../../api/codec.ts'
import type { RequestHeaders, Trailers } from '../../api/headers.ts'
import { byteWriter } from '../../base/byte-writer.ts'
import type { HeaderKeyFormatter } from '../headers/header-key-format.ts'
import { headerKeyFormatter } from '../headers/header-key-format.ts'
import { refusedField } from '../headers/field-syntax.ts'
import { HEAD_END, http1Name } from '../headers/http1-lines.ts'
import { writeRequestHead } from '../headers/request-headers.ts'
import { writeBody, writeTrailers } from './body-writer.ts'
import { isUpgrade } from '../headers/is-upgrade.ts'
import type { RequestKind } from './head/response-head.ts'
import { impliesNoBody } from './methods.ts'
import type { Http1ClientSettings } from './settings.ts'

/** What a stream needs of its codec. */
export interface RequestEncoderOwner {
  write(chunk: Uint8Array | string): void
  writeComposed(composed: ComposedBytes): void
  /** Given up: the connection cannot carry another request. */
  onRequestReset(stream: Http1RequestEncoder): void
}

/** ` ` and ` HTTP/1.1`. */
const AROUND_TARGET = 10

/** The stream is its own meter: one object a request. */
export class Http1RequestEncoder implements RequestEncoder, RequestKind, BytesMeter {
  readonly #owner: RequestEncoderOwner
  readonly #settings: Http1ClientSettings
  #chunked = false
  #reset = false

  readonly decoder: ResponseDecoder
  /** The whole request was handed over. */
  requestComplete = false
  isHead = false
  isConnect = false
  isUpgrade = false

  headerBytesReceived = 0
  headerBytesSent = 0
  decompressedHeaderBytesReceived = 0
  wireBytesReceived = 0
  wireBytesSent = 0

  constructor(owner: RequestEncoderOwner, decoder: ResponseDecoder, settings: Http1ClientSettings) {
    this.#owner = owner
    this.decoder = decoder
    this.#settings = settings
  }

  get wasReset(): boolean {
    return this.#reset
  }

  get meter(): BytesMeter {
    return this
  }

  encodeHeaders(headers: RequestHeaders, end: boolean): string | undefined {
    if (this.#reset) return undefined
    const { method, path, authority } = headers
    if (method === '') return 'missing required header: :method'
    this.isHead = method === 'HEAD'
    this.isConnect = method === 'CONNECT'
    if (this.isConnect ? authority === undefined : path === '') {
      return `missing required header: ${this.isConnect ? ':authority' : ':path'}`
    }
    if (this.isConnect && path !== '' && headers.protocol === undefined) return 'missing required header: :protocol'
    this.isUpgrade = isUpgrade(headers)
    if (this.#settings.sendFullyQualifiedUrl && !this.isConnect && headers.scheme === undefined) {
      return 'missing required header: :scheme'
    }
    const refusal = headers.doubtful ? refusedField(headers) : undefined
    if (refusal !== undefined) return refusal
    const format = headerKeyFormatter(this.#settings.headerKeyFormat)
    const framing = this.#framingLine(headers, end, format)
    const target = this.#target(headers)
    const head = byteWriter.begin()
    writeRequestHead(head, headers, target, format)
    if (framing !== '') head.text(framing)
    head.text(HEAD_END)
    // The end of the head stands for that of the last line.
    this.headerBytesSent += head.length - (method.length + (target ?? path).length + AROUND_TARGET) - HEAD_END.length
    this.wireBytesSent += head.length
    this.#owner.writeComposed(head)
    if (end) this.requestComplete = true
    return undefined
  }

  encodeData(data: ByteQueue, end: boolean): void {
    if (this.#reset || this.requestComplete) return
    writeBody(this, data, this.#chunked, end)
    if (end) this.requestComplete = true
  }

  encodeTrailers(trailers: Trailers): void {
    if (this.#reset || this.requestComplete) return
    if (this.#chunked) {
      this.headerBytesSent += writeTrailers(this, trailers, this.#settings.enableTrailers)
    }
    this.requestComplete = true
  }

  reset(_reason: ResetReason): void {
    if (this.#reset) return
    this.#reset = true
    this.#owner.onRequestReset(this)
  }

  /** Whoever owns the connection stops reading it; the codec has nothing to hold back. */
  readDisable(_disable: boolean): void {}

  /** Part of the body writer's contract. */
  write(chunk: Uint8Array | string): void {
    this.wireBytesSent += chunk.length
    this.#owner.write(chunk)
  }

  /** What stands in the request line when it is not the path. */
  #target({ authority, path, scheme }: RequestHeaders): string | undefined {
    if (this.isConnect) return authority
    return this.#settings.sendFullyQualifiedUrl ? `${scheme}://${authority ?? ''}${path}` : undefined
  }

  /** The line that says how the body is delimited, where the head does not say it yet. */
  #framingLine(headers: RequestHeaders, end: boolean, format: HeaderKeyFormatter | undefined): string {
    this.#chunked = false
    if (this.isConnect || headers.has('content-length')) return ''
    if (end) return impliesNoBody(headers.method) ? '' : line(headers, 'content-length', '0', format)
    if (this.isUpgrade) return ''
    this.#chunked = true
    return line(headers, 'transfer-encoding', 'chunked', format)
  }
}

function line(headers: RequestHeaders, name: string, value: string, format: HeaderKeyFormatter | undefined): string {
  return `\r\n${http1Name(name, headers, format)}: ${value}`
}
