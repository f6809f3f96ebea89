/**
 * HTTP/1.1, client side: one request at a time. Bytes that answer no request are an error, as is whatever Envoy refuses
 * of an upstream. A stream that is cut short by an error or by the end of the connection is the owner's to reset: the
 * codec calls nobody after it returned an error.
 */
import type { ComposedBytes } from '../../api/bytes.ts'
import type {
  ClientCodec,
  ClientCodecSink,
  Protocol,
  ProtocolError,
  RequestEncoder,
  ResponseDecoder,
} from '../../api/codec.ts'
import { ByteQueue } from '../../base/byte-queue.ts'
import { lentBytes } from '../../base/lent-bytes.ts'
import { spareQueues } from '../../base/spare-queues.ts'
import { BodyReader } from './body/body-reader.ts'
import { fieldBytes } from './field-bytes.ts'
import { CHUNKED, INVALID_CONTENT_LENGTH, RAW, UNTIL_CLOSE } from './head/framing.ts'
import { HeadReaders } from './head/head-readers.ts'
import { ResponseHeadReader } from './head/response-head-reader.ts'
import { closesConnection, responseFraming } from './head/response-head.ts'
import { asUpstreamError, codecError } from './protocol-errors.ts'
import { Http1RequestEncoder } from './request-encoder.ts'
import type { Http1ClientSettings } from './settings.ts'

const EXTRANEOUS_DATA = asUpstreamError(codecError('extraneous data after response complete'))
const INVALID_EOF = asUpstreamError(codecError('HPE_INVALID_EOF_STATE'))

/** `readers`: of all connections with these settings on the thread. */
export function createHttp1ClientCodec(
  sink: ClientCodecSink,
  settings: Http1ClientSettings,
  readers = responseHeadReaders(settings),
): ClientCodec {
  return new Http1ClientCodec(sink, settings, readers)
}

export function responseHeadReaders(settings: Http1ClientSettings): HeadReaders<ResponseHeadReader> {
  return new HeadReaders(() => new ResponseHeadReader(settings))
}

class Http1ClientCodec implements ClientCodec {
  readonly #sink: ClientCodecSink
  readonly #settings: Http1ClientSettings
  readonly #readers: HeadReaders<ResponseHeadReader>
  /** While a head is being read. */
  #head: ResponseHeadReader | undefined = undefined
  readonly #body: BodyReader
  #stream: Http1RequestEncoder | undefined = undefined
  /** The head of the final response was delivered. */
  #inBody = false
  #untilClose = false
  #raw = false
  #reusable = true
  #http10 = false
  /** A stream was reset: whatever still comes belongs to nobody. */
  #abandoned = false
  #error: ProtocolError | undefined = undefined
  /** Bytes of the running dispatch that were passed on as body. */
  #bodyBytes = 0

  constructor(sink: ClientCodecSink, settings: Http1ClientSettings, readers: HeadReaders<ResponseHeadReader>) {
    this.#sink = sink
    this.#settings = settings
    this.#readers = readers
    this.#body = new BodyReader(settings)
  }

  /** The upstream's own version once it answered. */
  get protocol(): Protocol {
    return this.#http10 ? 'HTTP/1.0' : 'HTTP/1.1'
  }

  get reusable(): boolean {
    return this.#reusable
  }

  newStream(decoder: ResponseDecoder): RequestEncoder {
    const stream = new Http1RequestEncoder(this, decoder, this.#settings)
    this.#stream = stream
    this.#inBody = false
    this.#untilClose = false
    return stream
  }

  dispatch(chunk: Uint8Array): ProtocolError | undefined {
    const bytes = chunk instanceof Buffer ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let p = 0
    this.#bodyBytes = 0
    if (this.#stream !== undefined) this.#stream.wireBytesReceived += bytes.length
    while (p < bytes.length && this.#error === undefined && !this.#abandoned) {
      const stream = this.#stream
      if (stream === undefined) this.#fail(EXTRANEOUS_DATA)
      else p = this.#inBody ? this.#readBody(stream, bytes, p) : this.#readHead(stream, bytes, p)
    }
    if (lentBytes.active) lentBytes.settle(bytes, bytes.length - this.#bodyBytes)
    return this.#error
  }

  onPeerEnd(): ProtocolError | undefined {
    this.#reusable = false
    const stream = this.#stream
    if (stream === undefined || this.#error !== undefined) return this.#error
    if (this.#inBody && this.#untilClose) this.#finish(stream, new ByteQueue(), true)
    // What left HTTP has no end of its own: it is cut off.
    else if ((this.#inBody && !this.#raw) || this.#head?.started === true) this.#fail(INVALID_EOF)
    return this.#error
  }

  onAboveHighWatermark(): void {
    this.#stream?.decoder.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#stream?.decoder.onBelowLowWatermark()
  }

  /** For streams. */
  write(chunk: Uint8Array | string): void {
    this.#sink.write(chunk)
  }

  /** For streams. */
  writeComposed(composed: ComposedBytes): void {
    this.#sink.writeComposed(composed)
  }

  /** For streams. */
  onRequestReset(stream: Http1RequestEncoder): void {
    this.#reusable = false
    if (stream !== this.#stream) return
    this.#stream = undefined
    this.#abandoned = true
  }

  #readHead(stream: Http1RequestEncoder, chunk: Buffer, from: number): number {
    const reader = (this.#head ??= this.#readers.take())
    const p = reader.read(chunk, from)
    if (reader.error !== undefined) {
      stream.headerBytesReceived += reader.headBytes
      this.#fail(asUpstreamError(reader.error))
      return p
    }
    const headers = reader.headers
    if (headers === undefined) return p
    const { http11, headBytes, present } = reader
    reader.headers = undefined
    this.#head = undefined
    this.#readers.give(reader)
    const framing = responseFraming(headers, present, stream, this.#settings)
    // A length that is no number is the parser's to refuse, before anything counts.
    if (framing !== INVALID_CONTENT_LENGTH) stream.headerBytesReceived += headBytes
    stream.decompressedHeaderBytesReceived += stream.headerBytesReceived
    if (typeof framing !== 'number') {
      this.#fail(asUpstreamError(framing))
      return p
    }
    const { status } = headers
    if (status >= 100 && status < 200 && status !== 101) {
      stream.decoder.decode1xx(headers)
      return p
    }
    this.#http10 = !http11
    if (framing < CHUNKED || closesConnection(headers, http11)) this.#reusable = false
    if (framing === 0) {
      this.#endStream(stream)
      stream.decoder.decodeHeaders(headers, true)
    } else {
      this.#inBody = true
      this.#untilClose = framing === UNTIL_CLOSE
      this.#raw = framing === RAW
      this.#body.start(framing)
      stream.decoder.decodeHeaders(headers, false)
    }
    return p
  }

  #readBody(stream: Http1RequestEncoder, chunk: Buffer, from: number): number {
    const body = this.#body
    // Body bytes of the running dispatch: delivered together, as Envoy does.
    const data = spareQueues.take()
    const p = body.read(chunk, from, data)
    this.#bodyBytes += data.length
    if (body.error !== undefined) {
      // What came in one piece with the error is not delivered, as in Envoy, but for a body that is whole.
      if (body.pastData && data.length > 0) stream.decoder.decodeData(data, false)
      stream.headerBytesReceived += body.refusedBytes
      this.#fail(asUpstreamError(body.error))
    } else if (body.done) this.#finish(stream, data, body.trailers === undefined)
    else if (data.length > 0) stream.decoder.decodeData(data, false)
    spareQueues.give(data)
    return p
  }

  #finish(stream: Http1RequestEncoder, data: ByteQueue, withData: boolean): void {
    const trailers = this.#body.trailers
    if (trailers !== undefined) stream.headerBytesReceived += fieldBytes(trailers)
    this.#endStream(stream)
    if (withData || trailers === undefined) {
      stream.decoder.decodeData(data, true)
      return
    }
    if (data.length > 0) stream.decoder.decodeData(data, false)
    if (!stream.wasReset) stream.decoder.decodeTrailers(trailers)
  }

  /** Before the last call on the decoder, as that may start the next request. */
  #endStream(stream: Http1RequestEncoder): void {
    this.#stream = undefined
    this.#inBody = false
    if (!stream.requestComplete) this.#reusable = false
  }

  #fail(error: ProtocolError): void {
    this.#error = error
    this.#reusable = false
  }
}
