/** Lets a request without a route wait for the table of its scope, where that comes on demand. */
import type {
  DataStatus,
  DecoderCallbacks,
  DecoderFilter,
  HeadersStatus,
  TrailersStatus,
} from '../../../../api/http.ts'

export class OnDemandFilter implements DecoderFilter {
  #callbacks: DecoderCallbacks | undefined = undefined
  #waits = false

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#callbacks = callbacks
  }

  decodeHeaders(): HeadersStatus {
    const callbacks = this.#callbacks
    if (callbacks === undefined || callbacks.route !== undefined) return 'continue'
    let answered = false
    callbacks.requestRouteConfigUpdate(() => {
      answered = true
      this.#goOn()
    })
    if (answered) return 'continue'
    this.#waits = true
    return 'stop-all-and-watermark'
  }

  decodeData(): DataStatus {
    return 'continue'
  }

  decodeTrailers(): TrailersStatus {
    return 'continue'
  }

  onDestroy(): void {
    this.#callbacks = undefined
  }

  #goOn(): void {
    if (!this.#waits) return
    this.#waits = false
    this.#callbacks?.continueDecoding()
  }
}
