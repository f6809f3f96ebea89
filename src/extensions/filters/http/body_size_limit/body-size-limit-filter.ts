/** Refuses requests whose body says that it is too large, or turns out to be. Nothing is held back meanwhile. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { DataStatus, HeadersStatus } from '../../../../api/http.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'

const DETAILS = 'request_payload_too_large'
const TOO_LONG = { status: 413, body: 'content length too large', details: DETAILS }
const TOO_LARGE = { status: 413, body: 'request too long', details: DETAILS }

export class BodySizeLimitFilter extends PassThroughDecoderFilter {
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    super()
    this.#maxBytes = maxBytes
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    const length = headers.get('content-length')
    if (length === undefined || !(Number(length) > this.#maxBytes)) return 'continue'
    this.callbacks.sendLocalReply(TOO_LONG)
    return 'stop-iteration'
  }

  override decodeData(data: ByteQueue): DataStatus {
    this.#bytes += data.length
    if (this.#bytes <= this.#maxBytes) return 'continue'
    this.callbacks.sendLocalReply(TOO_LARGE)
    return 'stop-no-buffer'
  }
}
