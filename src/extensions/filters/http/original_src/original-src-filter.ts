/** Has the upstream connections of requests come from the client's address. */
import type { HeadersStatus } from '../../../../api/http.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'

export class HttpOriginalSrcFilter extends PassThroughDecoderFilter {
  readonly #mark: number

  constructor(mark: number) {
    super()
    this.#mark = mark
  }

  decodeHeaders(): HeadersStatus {
    const { streamInfo } = this.callbacks
    const { remoteAddress } = streamInfo.connection
    if (remoteAddress.kind === 'ip') streamInfo.upstreamSource = { address: remoteAddress, mark: this.#mark }
    return 'continue'
  }
}
