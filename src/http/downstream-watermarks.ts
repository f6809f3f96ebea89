/** Who wants to know when the way to the client is full; made when the first one asks. */
import type { WatermarkObserver } from '../api/bytes.ts'

export class DownstreamWatermarks implements WatermarkObserver {
  readonly #observers: WatermarkObserver[] = []
  /** Causes that hold at the moment: the connection's buffer, buffers of encoder filters. */
  #above: number

  constructor(above: number) {
    this.#above = above
  }

  /** Whoever comes late is told at once. */
  add(observer: WatermarkObserver): void {
    this.#observers.push(observer)
    for (let i = 0; i < this.#above; i++) observer.onAboveHighWatermark()
  }

  remove(observer: WatermarkObserver): void {
    const at = this.#observers.indexOf(observer)
    if (at >= 0) this.#observers.splice(at, 1)
  }

  onAboveHighWatermark(): void {
    this.#above++
    for (let i = 0; i < this.#observers.length; i++) this.#observers[i]!.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#above--
    for (let i = 0; i < this.#observers.length; i++) this.#observers[i]!.onBelowLowWatermark()
  }
}
