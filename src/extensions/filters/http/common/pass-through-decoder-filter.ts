/**
 * A filter of requests that passes on what it has no interest in; extended by those that look at something (Envoy's
 * PassThroughDecoderFilter).
 */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { RequestHeaders, Trailers } from '../../../../api/headers.ts'
import type {
  DataStatus,
  DecoderCallbacks,
  DecoderFilter,
  HeadersStatus,
  TrailersStatus,
} from '../../../../api/http.ts'

export abstract class PassThroughDecoderFilter implements DecoderFilter {
  /** There before any other call. */
  protected callbacks!: DecoderCallbacks

  get keepsNoBody(): boolean {
    return this.decodeData === PassThroughDecoderFilter.prototype.decodeData
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.callbacks = callbacks
  }

  abstract decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus

  decodeData(_data: ByteQueue, _end: boolean): DataStatus {
    return 'continue'
  }

  decodeTrailers(_trailers: Trailers): TrailersStatus {
    return 'continue'
  }

  onDestroy(): void {}
}
