/** One request's stream as the connection manager holds it: writes the response, delivers the request. */
import type { ByteQueue, ComposedBytes } from '../../api/bytes.ts'
import type { BytesMeter, RequestDecoder, ResetReason, ResponseEncoder } from '../../api/codec.ts'
import type { ResponseHeaders, Trailers } from '../../api/headers.ts'
import { byteWriter } from '../../base/byte-writer.ts'
import type { OmittedLines } from '../headers/field-lines.ts'
import { headerKeyFormatter } from '../headers/header-key-format.ts'
import { HEAD_END, http1Name, writeHttp1Lines } from '../headers/http1-lines.ts'
import { ResponseFieldLines } from '../headers/response-headers.ts'
import { writeBody, writeTrailers } from './body-writer.ts'
import { listHasToken } from './connection-header.ts'
import { statusLine } from './reason-phrases.ts'
import type { Http1ServerSettings } from './settings.ts'

/** What a stream needs of its codec. */
export interface ResponseEncoderOwner {
  write(chunk: Uint8Array | string): void
  writeComposed(composed: ComposedBytes): void
  /** The response is complete, or the stream was reset. */
  onResponseEnd(stream: Http1ResponseEncoder): void
}

/** The stream is its own meter: one object a request. */
export class Http1ResponseEncoder implements ResponseEncoder, BytesMeter {
  readonly #owner: ResponseEncoderOwner
  readonly #settings: Http1ServerSettings
  #chunked = false
  #bodiless = false
  #ended = false

  decoder: RequestDecoder | undefined = undefined
  /** Everything of the request was delivered. */
  requestComplete = false
  /** What the request was; the head reader knows. */
  isHead = false
  isConnect = false
  isHttp10 = false
  /** A HEAD that was refused when its method was known already: how a reply without a body is framed. */
  refusedHead: 'chunked' | 'unframed' | undefined = undefined
  /** The response ends keep-alive. */
  closesConnection = false
  readDisableCount = 0

  headerBytesReceived = 0
  headerBytesSent = 0
  decompressedHeaderBytesReceived = 0
  wireBytesReceived = 0
  wireBytesSent = 0

  constructor(owner: ResponseEncoderOwner, settings: Http1ServerSettings) {
    this.#owner = owner
    this.#settings = settings
  }

  setRequestDecoder(decoder: RequestDecoder): void {
    this.decoder = decoder
  }

  get resetNeedsClose(): boolean {
    return true
  }

  get meter(): BytesMeter {
    return this
  }

  /** The response is complete, or the stream was reset. */
  get ended(): boolean {
    return this.#ended
  }

  encode1xx(headers: ResponseHeaders): void {
    // Also to HTTP/1.0 clients, which RFC 9110 §15.2 spares, as Envoy does.
    if (this.#ended) return
    this.#writeHead(headers, '', 'framing')
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean): void {
    if (this.#ended) return
    const status = headers.status
    if (status >= 300) this.isConnect = false
    const isInformational = status < 200 || status === 204
    let extra = ''
    this.#chunked = false
    if (!headers.has('content-length')) {
      if (isInformational || status === 304) {
        // no body, and nothing that says so
      } else if (end && !this.isHead && this.refusedHead === undefined)
        extra = this.#line(headers, 'content-length', '0')
      else if (this.isHttp10 || this.refusedHead === 'unframed') this.closesConnection = true
      else if (!this.isConnect) {
        // A response to HEAD says what GET would: without a length that is chunks.
        extra = this.#line(headers, 'transfer-encoding', 'chunked')
        this.#chunked = !this.isHead
      }
    }
    this.#bodiless = this.isHead || (status === 204 && !this.isConnect) || status === 304
    const connection = headers.get('connection')
    if (connection !== undefined && listHasToken(connection, 'close')) this.closesConnection = true
    this.#writeHead(headers, extra, isInformational ? 'framing' : 'coding')
    if (end) this.#end()
  }

  encodeData(data: ByteQueue, end: boolean): void {
    if (this.#ended) return
    if (this.#bodiless) data.clear()
    writeBody(this, data, this.#chunked, end)
    if (end) this.#end()
  }

  encodeTrailers(trailers: Trailers): void {
    if (this.#ended) return
    if (this.#chunked) this.#writeTrailers(trailers)
    this.#end()
  }

  reset(_reason: ResetReason): void {
    if (this.#ended) return
    this.closesConnection = true
    this.#end()
  }

  readDisable(disable: boolean): void {
    this.readDisableCount += disable ? 1 : -1
  }

  /** Part of the body writer's contract; not for the connection manager. */
  write(chunk: Uint8Array | string): void {
    this.wireBytesSent += chunk.length
    this.#owner.write(chunk)
  }

  #writeTrailers(trailers: Trailers): void {
    this.headerBytesSent += writeTrailers(this, trailers, this.#settings.enableTrailers)
  }

  #writeHead(headers: ResponseHeaders, extra: string, omit: OmittedLines): void {
    const reason = headers instanceof ResponseFieldLines ? headers.reasonPhrase : undefined
    const line =
      reason === undefined
        ? statusLine(headers.status, this.isHttp10)
        : `HTTP/1.${this.isHttp10 ? 0 : 1} ${headers.status} ${reason}`
    const format = headerKeyFormatter(this.#settings.headerKeyFormat)
    const head = byteWriter.begin()
    head.text(line)
    writeHttp1Lines(head, headers, format, omit)
    if (extra !== '') head.text(extra)
    head.text(HEAD_END)
    // The end of the head stands for that of the last line.
    this.headerBytesSent += head.length - line.length - HEAD_END.length
    this.wireBytesSent += head.length
    this.#owner.writeComposed(head)
  }

  #line(headers: ResponseHeaders, name: string, value: string): string {
    return `\r\n${http1Name(name, headers, headerKeyFormatter(this.#settings.headerKeyFormat))}: ${value}`
  }

  #end(): void {
    this.#ended = true
    this.#owner.onResponseEnd(this)
  }
}
