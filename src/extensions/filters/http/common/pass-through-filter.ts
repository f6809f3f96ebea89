/** The same in both directions, for filters that look at heads (Envoy's PassThroughFilter). */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import type {
  DataStatus,
  EncoderCallbacks,
  EncoderFilter,
  HeadersStatus,
  TrailersStatus,
} from '../../../../api/http.ts'
import { PassThroughDecoderFilter } from './pass-through-decoder-filter.ts'

export abstract class PassThroughFilter extends PassThroughDecoderFilter implements EncoderFilter {
  override get keepsNoBody(): boolean {
    return super.keepsNoBody && this.encodeData === PassThroughFilter.prototype.encodeData
  }

  /** Few need them beside the callbacks of the request. */
  setEncoderCallbacks(_callbacks: EncoderCallbacks): void {}

  abstract encodeHeaders(headers: ResponseHeaders, end: boolean): HeadersStatus

  encodeData(_data: ByteQueue, _end: boolean): DataStatus {
    return 'continue'
  }

  encodeTrailers(_trailers: Trailers): TrailersStatus {
    return 'continue'
  }
}
