/** A filter around another one that need not be there: every call goes on to it, or the stream just goes on. */
import type { ByteQueue } from '../../../../../api/bytes.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../../../../api/headers.ts'
import type {
  DataStatus,
  DecoderCallbacks,
  DecoderFilter,
  EncoderCallbacks,
  EncoderFilter,
  HeadersStatus,
  TrailersStatus,
} from '../../../../../api/http.ts'
import type { InnerFilter } from './inner-filter.ts'

const NOBODY: InnerFilter = { decoder: undefined, encoder: undefined }

export abstract class WrappingFilter implements DecoderFilter, EncoderFilter {
  protected decoderCallbacks!: DecoderCallbacks
  protected encoderCallbacks!: EncoderCallbacks
  /** Who gets the calls now. */
  protected inner: InnerFilter = NOBODY

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.decoderCallbacks = callbacks
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.encoderCallbacks = callbacks
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    return this.inner.decoder?.decodeHeaders(headers, end) ?? 'continue'
  }

  decodeData(data: ByteQueue, end: boolean): DataStatus {
    return this.inner.decoder?.decodeData(data, end) ?? 'continue'
  }

  decodeTrailers(trailers: Trailers): TrailersStatus {
    return this.inner.decoder?.decodeTrailers(trailers) ?? 'continue'
  }

  decodeComplete(): void {
    this.inner.decoder?.decodeComplete?.()
  }

  encode1xx(headers: ResponseHeaders): 'continue' | 'stop' {
    return this.inner.encoder?.encode1xx?.(headers) ?? 'continue'
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean): HeadersStatus {
    return this.inner.encoder?.encodeHeaders(headers, end) ?? 'continue'
  }

  encodeData(data: ByteQueue, end: boolean): DataStatus {
    return this.inner.encoder?.encodeData(data, end) ?? 'continue'
  }

  encodeTrailers(trailers: Trailers): TrailersStatus {
    return this.inner.encoder?.encodeTrailers(trailers) ?? 'continue'
  }

  encodeComplete(): void {
    this.inner.encoder?.encodeComplete?.()
  }

  abstract onDestroy(): void
  abstract onStreamComplete(): void

  /** A filter with both halves is told once. */
  protected static destroy({ decoder, encoder }: InnerFilter): void {
    decoder?.onDestroy()
    if ((encoder as object | undefined) !== decoder) encoder?.onDestroy()
  }

  protected static complete({ decoder, encoder }: InnerFilter): void {
    decoder?.onStreamComplete?.()
    if ((encoder as object | undefined) !== decoder) encoder?.onStreamComplete?.()
  }
}
