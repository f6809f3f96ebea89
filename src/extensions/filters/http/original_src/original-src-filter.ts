/** Has the upstream connections of requests come from the client's address. */
import type { DecoderCallbacks, DecoderFilter, HeadersStatus } from '../../../../api/http.ts'

export class HttpOriginalSrcFilter implements DecoderFilter {
  readonly #mark: number
  #callbacks!: DecoderCallbacks

  constructor(mark: number) {
    this.#mark = mark
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#callbacks = callbacks
  }

  decodeHeaders(): HeadersStatus {
    const { streamInfo } = this.#callbacks
    const { remoteAddress } = streamInfo.connection
    if (remoteAddress.kind === 'ip') streamInfo.upstreamSource = { address: remoteAddress, mark: this.#mark }
    return 'continue'
  }

  decodeData(): 'continue' {
    return 'continue'
  }

  decodeTrailers(): 'continue' {
    return 'continue'
  }

  onDestroy(): void {}
}
