/** Stops requests that passed here before, and marks the others (RFC 8586). */
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'
import { countCdnId } from './cdn-loop-header.ts'

export interface CdnLoopConfig {
  readonly cdnId: string
  /** How often a request may have been here before. */
  readonly maxAllowedOccurrences: number
}

const HEADER = 'cdn-loop'
const INVALID = { status: 400, body: 'Invalid CDN-Loop header in request.', details: 'invalid_cdn_loop_header' }
const LOOP = { status: 502, body: 'The server has detected a loop between CDNs.', details: 'cdn_loop_detected' }

export class CdnLoopFilter extends PassThroughDecoderFilter {
  readonly #config: CdnLoopConfig

  constructor(config: CdnLoopConfig) {
    super()
    this.#config = config
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    const { cdnId, maxAllowedOccurrences } = this.#config
    const value = headers.get(HEADER)
    if (value === undefined) {
      headers.set(HEADER, cdnId)
      return 'continue'
    }
    const count = countCdnId(value, cdnId)
    if (count === undefined || count > maxAllowedOccurrences) {
      this.callbacks.sendLocalReply(count === undefined ? INVALID : LOOP)
      return 'stop-iteration'
    }
    headers.set(HEADER, value === '' ? cdnId : `${value},${cdnId}`)
    return 'continue'
  }
}
