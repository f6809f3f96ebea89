/** The callbacks of one decoder filter. */
import type { ByteQueue, WatermarkObserver } from '../../api/bytes.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { DataStatus, DecoderCallbacks, DecoderFilter, HeadersStatus, TrailersStatus } from '../../api/http.ts'
import type { OverrideHost } from '../../api/upstream.ts'
import type { DecoderChain } from './decoder-chain.ts'
import { FilterSlot } from './filter-slot.ts'
import type { FilterStream } from './filter-stream.ts'

export class DecoderSlot extends FilterSlot<RequestHeaders> implements DecoderCallbacks {
  readonly filter: DecoderFilter
  readonly #chain: DecoderChain

  constructor(stream: FilterStream, filterName: string, chain: DecoderChain, filter: DecoderFilter) {
    super(stream, filterName)
    this.#chain = chain
    this.filter = filter
  }

  get keepsNoBody(): boolean {
    return this.filter.keepsNoBody === true
  }

  callHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    this.stream.dispatcher.at(this.place)
    return this.filter.decodeHeaders(headers, end)
  }

  callData(data: ByteQueue, end: boolean): DataStatus {
    this.stream.dispatcher.at(this.place)
    return this.filter.decodeData(data, end)
  }

  callTrailers(trailers: Trailers): TrailersStatus {
    this.stream.dispatcher.at(this.place)
    return this.filter.decodeTrailers(trailers)
  }

  callComplete(): void {
    this.filter.decodeComplete?.()
  }

  get requestHeaders(): RequestHeaders {
    // Filters exist only after the request headers have come.
    return this.stream.requestHeaders!
  }

  get requestTrailers(): Trailers | undefined {
    return this.stream.requestTrailers
  }

  get decodingBuffer(): ByteQueue | undefined {
    return this.#chain.buffered
  }

  get decoderBufferLimit(): number {
    return this.stream.bufferLimit
  }

  set decoderBufferLimit(bytes: number) {
    this.stream.bufferLimit = bytes
  }

  continueDecoding(): void {
    this.#chain.resume(this)
  }

  addDecodedData(data: ByteQueue, streaming: boolean): void {
    this.#chain.add(this, data, streaming)
  }

  injectDecodedData(data: ByteQueue, end: boolean): void {
    this.#chain.inject(this, data, end)
  }

  addDecodedTrailers(): Trailers {
    return (this.stream.requestTrailers ??= this.stream.newTrailers())
  }

  encode1xx(headers: ResponseHeaders): void {
    this.stream.respond1xx(headers)
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean, details: string): void {
    this.stream.respondHeaders(headers, end, details)
  }

  encodeData(data: ByteQueue, end: boolean): void {
    this.stream.respondData(data, end)
  }

  encodeTrailers(trailers: Trailers): void {
    this.stream.respondTrailers(trailers)
  }

  onDecoderFilterAboveHighWatermark(): void {
    this.stream.pauseRequest()
  }

  onDecoderFilterBelowLowWatermark(): void {
    this.stream.resumeRequest()
  }

  addDownstreamWatermarkCallbacks(observer: WatermarkObserver): void {
    this.stream.addDownstreamWatermarkCallbacks(observer)
  }

  removeDownstreamWatermarkCallbacks(observer: WatermarkObserver): void {
    this.stream.removeDownstreamWatermarkCallbacks(observer)
  }

  get upstreamOverrideHost(): OverrideHost | undefined {
    return this.stream.upstreamOverrideHost
  }

  set upstreamOverrideHost(host: OverrideHost | undefined) {
    this.stream.upstreamOverrideHost = host
  }

  recreateStream(response: ResponseHeaders | undefined, body: ByteQueue | undefined): boolean {
    return this.stream.recreateStream(response, body ?? this.#chain.buffered)
  }
}
