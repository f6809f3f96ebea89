/** The callbacks of one encoder filter. */
import type { ByteQueue } from '../../api/bytes.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { DataStatus, EncoderCallbacks, EncoderFilter, HeadersStatus, TrailersStatus } from '../../api/http.ts'
import type { EncoderChain } from './encoder-chain.ts'
import { FilterSlot } from './filter-slot.ts'
import type { FilterStream } from './filter-stream.ts'

export class EncoderSlot extends FilterSlot<ResponseHeaders> implements EncoderCallbacks {
  readonly filter: EncoderFilter
  /** The filter has a decoder slot too, which tells it the end of the stream. */
  shared = false
  readonly #chain: EncoderChain

  constructor(stream: FilterStream, filterName: string, chain: EncoderChain, filter: EncoderFilter) {
    super(stream, filterName)
    this.#chain = chain
    this.filter = filter
  }

  get keepsNoBody(): boolean {
    return this.filter.keepsNoBody === true
  }

  callHeaders(headers: ResponseHeaders, end: boolean): HeadersStatus {
    this.stream.dispatcher.at(this.place)
    return this.filter.encodeHeaders(headers, end)
  }

  callData(data: ByteQueue, end: boolean): DataStatus {
    this.stream.dispatcher.at(this.place)
    return this.filter.encodeData(data, end)
  }

  callTrailers(trailers: Trailers): TrailersStatus {
    this.stream.dispatcher.at(this.place)
    return this.filter.encodeTrailers(trailers)
  }

  callComplete(): void {
    this.filter.encodeComplete?.()
  }

  get requestHeaders(): RequestHeaders | undefined {
    return this.stream.requestHeaders
  }

  get responseHeaders(): ResponseHeaders | undefined {
    return this.stream.responseHeaders
  }

  get responseTrailers(): Trailers | undefined {
    return this.stream.responseTrailers
  }

  get encodingBuffer(): ByteQueue | undefined {
    return this.#chain.buffered
  }

  get encoderBufferLimit(): number {
    return this.stream.bufferLimit
  }

  set encoderBufferLimit(bytes: number) {
    this.stream.bufferLimit = bytes
  }

  continueEncoding(): void {
    this.#chain.resumeWith1xx(this)
  }

  addEncodedData(data: ByteQueue, streaming: boolean): void {
    this.#chain.add(this, data, streaming)
  }

  injectEncodedData(data: ByteQueue, end: boolean): void {
    this.#chain.inject(this, data, end)
  }

  addEncodedTrailers(): Trailers {
    return (this.stream.responseTrailers ??= this.stream.newTrailers())
  }

  onEncoderFilterAboveHighWatermark(): void {
    this.stream.pauseResponse()
  }

  onEncoderFilterBelowLowWatermark(): void {
    this.stream.resumeResponse()
  }
}
