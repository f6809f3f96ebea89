/**
 * HTTP/1.1, server side. One request at a time: what comes behind a complete request waits until its response is
 * complete. States and what moves between them:
 *
 *   idle ─first byte─► head ─complete─► body ─complete─► waiting ─response─► idle
 *                        └── no body ────────────────────►┘
 *   Every state: error ─► dead; a response that is complete before its request, or that closes ─► discarding.
 */
import type { ComposedBytes } from '../../api/bytes.ts'
import type { ProtocolError, Protocol, ServerCodec, ServerCodecSink } from '../../api/codec.ts'
import { ByteQueue } from '../../base/byte-queue.ts'
import { lentBytes } from '../../base/lent-bytes.ts'
import { spareQueues } from '../../base/spare-queues.ts'
import { BodyReader } from './body/body-reader.ts'
import { fieldBytes } from './field-bytes.ts'
import { HeadReaders } from './head/head-readers.ts'
import { RequestHeadReader } from './head/request-head-reader.ts'
import { applyUnderscoresAction } from './head/field-line-rules.ts'
import { Http1ResponseEncoder } from './response-encoder.ts'
import type { Http1ServerSettings } from './settings.ts'

type State = 'idle' | 'head' | 'body' | 'waiting' | 'discarding'

/** `readers`: of all connections with these settings on the thread. */
export function createHttp1ServerCodec(
  sink: ServerCodecSink,
  settings: Http1ServerSettings,
  readers = requestHeadReaders(settings),
): ServerCodec {
  return new Http1ServerCodec(sink, settings, readers)
}

export function requestHeadReaders(settings: Http1ServerSettings): HeadReaders<RequestHeadReader> {
  return new HeadReaders(() => new RequestHeadReader(settings))
}

class Http1ServerCodec implements ServerCodec {
  readonly #sink: ServerCodecSink
  readonly #settings: Http1ServerSettings
  readonly #readers: HeadReaders<RequestHeadReader>
  // Many connections only wait, and most never need a body.
  #head: RequestHeadReader | undefined = undefined
  #body: BodyReader | undefined = undefined
  /** Bytes that came while the codec could not go on. */
  #kept: ByteQueue | undefined = undefined
  #state: State = 'idle'
  #stream: Http1ResponseEncoder | undefined = undefined
  #error: ProtocolError | undefined = undefined
  #running = false
  /** Bytes of the running dispatch that were passed on as body. */
  #bodyBytes = 0
  #http10 = false
  /** The client does not take what it was sent: its next requests wait, or their responses would pile up. */
  #outputFull = false

  constructor(sink: ServerCodecSink, settings: Http1ServerSettings, readers: HeadReaders<RequestHeadReader>) {
    this.#sink = sink
    this.#settings = settings
    this.#readers = readers
  }

  get protocol(): Protocol {
    return this.#http10 ? 'HTTP/1.0' : 'HTTP/1.1'
  }

  get pendingBytes(): number {
    return this.#kept === undefined ? 0 : this.#kept.length
  }

  dispatch(chunk: Uint8Array): ProtocolError | undefined {
    if (this.#error !== undefined) return this.#error
    if (this.pendingBytes > 0 || this.#running) {
      ;(this.#kept ??= new ByteQueue()).push(chunk)
      return this.resume()
    }
    return this.#run(asBuffer(chunk))
  }

  resume(): ProtocolError | undefined {
    while (this.#error === undefined && !this.#running && this.pendingBytes > 0 && this.#canRead()) {
      this.#run(asBuffer(this.#kept!.shift()!))
    }
    return this.#error
  }

  /** A half-closed client gets no response (surprise 20): the connection manager closes by itself. */
  onPeerEnd(): ProtocolError | undefined {
    return this.#error
  }

  goAway(): void {}

  shutdownNotice(): void {}

  onAboveHighWatermark(): void {
    this.#outputFull = true
    if (this.#stream !== undefined) this.#stream.decoder?.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#outputFull = false
    if (this.#stream !== undefined) this.#stream.decoder?.onBelowLowWatermark()
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
  onResponseEnd(stream: Http1ResponseEncoder): void {
    if (stream !== this.#stream) return
    // A connection that waits for its next request does not keep the last one alive.
    this.#stream = undefined
    this.#state = stream.requestComplete && !stream.closesConnection ? 'idle' : 'discarding'
    if (this.#state === 'discarding') this.#kept?.clear()
  }

  #canRead(): boolean {
    if (this.#state === 'waiting') return false
    if (this.#state === 'idle') return !this.#outputFull
    return this.#state !== 'body' || this.#stream!.readDisableCount === 0
  }

  #run(chunk: Buffer): ProtocolError | undefined {
    this.#running = true
    this.#bodyBytes = 0
    let p = 0
    if (this.#stream !== undefined) this.#stream.wireBytesReceived += chunk.length
    while (p < chunk.length && this.#error === undefined && this.#canRead()) {
      switch (this.#state) {
        case 'idle':
          this.#beginStream(chunk.length - p)
          break
        case 'head':
          p = this.#readHead(chunk, p)
          break
        case 'body':
          p = this.#readBody(chunk, p)
          break
        default: // discarding: nobody wants the rest
          p = chunk.length
      }
    }
    this.#running = false
    if (p < chunk.length && this.#error === undefined)
      (this.#kept ??= new ByteQueue()).unshift(p === 0 ? chunk : chunk.subarray(p))
    else if (lentBytes.active) lentBytes.settle(chunk, chunk.length - this.#bodyBytes)
    return this.#error
  }

  #beginStream(inputBytes: number): void {
    const stream = new Http1ResponseEncoder(this, this.#settings)
    stream.wireBytesReceived = inputBytes
    this.#stream = stream
    this.#state = 'head'
    this.#http10 = false
    stream.decoder = this.#sink.newStream(stream)
  }

  #readHead(chunk: Buffer, from: number): number {
    const reader = (this.#head ??= this.#readers.take())
    const stream = this.#stream!
    const p = reader.read(chunk, from)
    if (reader.error !== undefined) {
      stream.headerBytesReceived = stream.decompressedHeaderBytesReceived = reader.headBytes
      stream.isHttp10 = this.#settings.acceptHttp10 && !reader.http11
      stream.refusedHead = reader.refusedHead
      this.#error = reader.error
      return p
    }
    const headers = reader.headers
    if (headers === undefined) return p
    reader.headers = undefined
    stream.headerBytesReceived = stream.decompressedHeaderBytesReceived = reader.headBytes
    stream.isHead = headers.method === 'HEAD'
    stream.isConnect = headers.method === 'CONNECT'
    stream.isHttp10 = this.#http10 = !reader.http11
    const { framing } = reader
    this.#head = undefined
    this.#readers.give(reader)
    if (framing === 0) {
      stream.requestComplete = true
      this.#state = 'waiting'
      stream.decoder!.decodeHeaders(headers, true)
    } else {
      this.#state = 'body'
      this.#body ??= new BodyReader(this.#settings, (trailers) => applyUnderscoresAction(trailers, this.#settings))
      this.#body.start(framing)
      stream.decoder!.decodeHeaders(headers, false)
    }
    return p
  }

  #readBody(chunk: Buffer, from: number): number {
    const body = this.#body!
    const stream = this.#stream!
    // Body bytes of the running dispatch: delivered together, as Envoy does.
    const data = spareQueues.take()
    const p = body.read(chunk, from, data)
    this.#bodyBytes += data.length
    this.#deliverBody(body, stream, data)
    spareQueues.give(data)
    return p
  }

  #deliverBody(body: BodyReader, stream: Http1ResponseEncoder, data: ByteQueue): void {
    const decoder = stream.decoder!
    if (body.error !== undefined) {
      // What came in one piece with the error is not delivered, as in Envoy, but for a body that is whole.
      if (body.pastData && data.length > 0) decoder.decodeData(data, false)
      stream.headerBytesReceived += body.refusedBytes
      this.#error = body.error
      return
    }
    const trailers = body.trailers
    if (!body.done) {
      if (data.length > 0) decoder.decodeData(data, false)
    } else {
      stream.requestComplete = true
      this.#state = 'waiting'
      if (trailers === undefined) decoder.decodeData(data, true)
      else {
        stream.headerBytesReceived += fieldBytes(trailers)
        if (data.length > 0) decoder.decodeData(data, false)
        if (!stream.ended) decoder.decodeTrailers(trailers)
      }
    }
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return chunk instanceof Buffer ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}
