/**
 * One request and its response on an HTTP/1 connection: stands between whoever asked for the stream and the codec, so
 * that the connection learns when both are complete. An object of its own for each stream: calls on an old one must not
 * reach the next.
 */
import type { ByteQueue } from '../../api/bytes.ts'
import type { BytesMeter, RequestEncoder, ResetReason, ResponseDecoder } from '../../api/codec.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { Http1Client } from './http1-client.ts'

export class Http1Stream implements ResponseDecoder, RequestEncoder {
  readonly #client: Http1Client
  readonly #decoder: ResponseDecoder
  #encoder!: RequestEncoder
  #requestComplete = false
  #done = false
  /** The end of the request is that of the connection. */
  #tunnels = false
  /** readDisable(true) that wait for their counterpart. */
  #readDisabled = 0

  constructor(client: Http1Client, decoder: ResponseDecoder) {
    this.#client = client
    this.#decoder = decoder
  }

  /** Once, right after construction. */
  begin(encoder: RequestEncoder): void {
    this.#encoder = encoder
  }

  get requestComplete(): boolean {
    return this.#requestComplete
  }

  get meter(): BytesMeter {
    return this.#encoder.meter
  }

  // ---- request

  enableTcpTunneling(): void {
    this.#tunnels = true
    this.#client.onTunnelBegin()
  }

  encodeHeaders(headers: RequestHeaders, end: boolean): string | undefined {
    if (this.#done) return undefined
    this.#requestComplete = end
    if (headers.method === 'CONNECT') this.enableTcpTunneling()
    return this.#encoder.encodeHeaders(headers, end)
  }

  encodeData(data: ByteQueue, end: boolean): void {
    if (this.#done) return
    this.#requestComplete = end
    this.#encoder.encodeData(data, end)
    if (end && this.#tunnels) this.#client.onTunnelEnd()
  }

  encodeTrailers(trailers: Trailers): void {
    if (this.#done) return
    this.#requestComplete = true
    this.#encoder.encodeTrailers(trailers)
  }

  reset(reason: ResetReason): void {
    if (this.#done) return
    this.#finish()
    this.#encoder.reset(reason)
    this.#client.onStreamReset()
  }

  readDisable(disable: boolean): void {
    if (this.#done) return
    this.#readDisabled += disable ? 1 : -1
    this.#client.connection.readDisable(disable)
  }

  // ---- response

  decode1xx(headers: ResponseHeaders): void {
    if (!this.#done) this.#decoder.decode1xx(headers)
  }

  decodeHeaders(headers: ResponseHeaders, end: boolean): void {
    if (this.#done) return
    this.#client.onResponseHeaders(headers)
    if (end) this.#complete()
    this.#decoder.decodeHeaders(headers, end)
  }

  decodeData(data: ByteQueue, end: boolean): void {
    if (this.#done) return
    if (end) this.#complete()
    this.#decoder.decodeData(data, end)
  }

  decodeTrailers(trailers: Trailers): void {
    if (this.#done) return
    this.#complete()
    this.#decoder.decodeTrailers(trailers)
  }

  onReset(reason: ResetReason, detail: string): void {
    if (this.#done) return
    this.#finish()
    this.#decoder.onReset(reason, detail)
  }

  onAboveHighWatermark(): void {
    if (!this.#done) this.#decoder.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    if (!this.#done) this.#decoder.onBelowLowWatermark()
  }

  /** The response is whole; the connection is free once the codec has returned. */
  #complete(): void {
    this.#finish()
    this.#client.onResponseComplete()
  }

  #finish(): void {
    this.#done = true
    for (; this.#readDisabled > 0; this.#readDisabled--) this.#client.connection.readDisable(false)
    this.#client.onStreamEnd()
  }
}
