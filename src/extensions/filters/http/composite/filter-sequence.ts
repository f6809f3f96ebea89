/**
 * Filters that run as one. The first that does not go on ends the turn, and what comes after it does not hear of that part of
 * the stream any more, as in Envoy: a filter that stops the head and goes on later has the rest of the sequence skipped.
 */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import type {
  DataStatus,
  DecoderCallbacks,
  DecoderFilter,
  EncoderCallbacks,
  EncoderFilter,
  HeadersStatus,
  TrailersStatus,
} from '../../../../api/http.ts'
import type { InnerFilter } from '../common/matching/inner-filter.ts'

export class FilterSequence implements DecoderFilter, EncoderFilter {
  readonly #decoders: readonly DecoderFilter[]
  /** The last filter first. */
  readonly #encoders: readonly EncoderFilter[]

  constructor(filters: readonly InnerFilter[]) {
    this.#decoders = filters.flatMap(({ decoder }) => decoder ?? [])
    this.#encoders = filters.flatMap(({ encoder }) => encoder ?? []).toReversed()
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    for (const filter of this.#decoders) filter.setDecoderCallbacks(callbacks)
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    for (const filter of this.#encoders) filter.setEncoderCallbacks(callbacks)
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    for (const filter of this.#decoders) {
      const status = filter.decodeHeaders(headers, end)
      if (status !== 'continue') return status
    }
    return 'continue'
  }

  decodeData(data: ByteQueue, end: boolean): DataStatus {
    for (const filter of this.#decoders) {
      const status = filter.decodeData(data, end)
      if (status !== 'continue') return status
    }
    return 'continue'
  }

  decodeTrailers(trailers: Trailers): TrailersStatus {
    for (const filter of this.#decoders) {
      const status = filter.decodeTrailers(trailers)
      if (status !== 'continue') return status
    }
    return 'continue'
  }

  decodeComplete(): void {
    for (const filter of this.#decoders) filter.decodeComplete?.()
  }

  encode1xx(headers: ResponseHeaders): 'continue' | 'stop' {
    for (const filter of this.#encoders) if (filter.encode1xx?.(headers) === 'stop') return 'stop'
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean): HeadersStatus {
    for (const filter of this.#encoders) {
      const status = filter.encodeHeaders(headers, end)
      if (status !== 'continue') return status
    }
    return 'continue'
  }

  encodeData(data: ByteQueue, end: boolean): DataStatus {
    for (const filter of this.#encoders) {
      const status = filter.encodeData(data, end)
      if (status !== 'continue') return status
    }
    return 'continue'
  }

  encodeTrailers(trailers: Trailers): TrailersStatus {
    for (const filter of this.#encoders) {
      const status = filter.encodeTrailers(trailers)
      if (status !== 'continue') return status
    }
    return 'continue'
  }

  encodeComplete(): void {
    for (const filter of this.#encoders) filter.encodeComplete?.()
  }

  onDestroy(): void {
    for (const filter of this.#each()) filter.onDestroy()
  }

  onStreamComplete(): void {
    for (const filter of this.#each()) filter.onStreamComplete?.()
  }

  /** A filter with both halves once. */
  #each(): ReadonlySet<DecoderFilter | EncoderFilter> {
    return new Set([...this.#decoders, ...this.#encoders])
  }
}
