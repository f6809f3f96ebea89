/** Refuses requests whose body says that it is too large, or turns out to be. Nothing is held back meanwhile. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { DataStatus, DecoderCallbacks, DecoderFilter, HeadersStatus } from '../../../../api/http.ts'

const DETAILS = 'request_payload_too_large'
const TOO_LONG = { status: 413, body: 'content length too large', details: DETAILS }
const TOO_LARGE = { status: 413, body: 'request too long', details: DETAILS }

export class BodySizeLimitFilter implements DecoderFilter {
  readonly #maxBytes: number
  #callbacks!: DecoderCallbacks
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#callbacks = callbacks
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    const length = headers.get('content-length')
    if (length === undefined || !(Number(length) > this.#maxBytes)) return 'continue'
    this.#callbacks.sendLocalReply(TOO_LONG)
    return 'stop-iteration'
  }

  decodeData(data: ByteQueue): DataStatus {
    this.#bytes += data.length
    if (this.#bytes <= this.#maxBytes) return 'continue'
    this.#callbacks.sendLocalReply(TOO_LARGE)
    return 'stop-no-buffer'
  }

  decodeTrailers(): 'continue' {
    return 'continue'
  }

  onDestroy(): void {}
}
