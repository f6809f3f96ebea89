/**
 * How fast a client takes what is fetched for it. The fetch may outlive it, and then goes on at full speed. Envoy does not know:
 * it keeps whatever a slow client leaves.
 */
import type { ResponseReader } from '../../../../api/async-client.ts'
import type { WatermarkObserver } from '../../../../api/bytes.ts'

export class ClientPace implements ResponseReader, WatermarkObserver {
  #client: ResponseReader | undefined
  /** Of the fetch; one at most. */
  #observer: WatermarkObserver | undefined = undefined
  #above = 0

  constructor(client: ResponseReader) {
    this.#client = client
  }

  addDownstreamWatermarkCallbacks(observer: WatermarkObserver): void {
    this.#observer = observer
    this.#client?.addDownstreamWatermarkCallbacks(this)
  }

  removeDownstreamWatermarkCallbacks(): void {
    this.#observer = undefined
    this.#client?.removeDownstreamWatermarkCallbacks(this)
    this.#above = 0
  }

  onAboveHighWatermark(): void {
    this.#above++
    this.#observer?.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#above--
    this.#observer?.onBelowLowWatermark()
  }

  /** The client is gone and holds up nobody. */
  detach(): void {
    this.#client?.removeDownstreamWatermarkCallbacks(this)
    this.#client = undefined
    while (this.#above > 0) this.onBelowLowWatermark()
  }
}
