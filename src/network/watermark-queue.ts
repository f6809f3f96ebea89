/**
 * A write queue that says when it holds too much, and when again little enough (Envoy's WatermarkBuffer): above the limit
 * strictly, back at half of it. The two calls are paired.
 */
import type { ComposedBytes, WatermarkObserver } from '../api/bytes.ts'
import type { NativeSocket } from './native-socket.ts'
import type { Outbox } from './outbox.ts'
import { WriteQueue } from './write-queue.ts'

export class WatermarkQueue extends WriteQueue {
  readonly #observer: WatermarkObserver
  #limit = 0
  #above = false

  constructor(observer: WatermarkObserver, outbox: Outbox) {
    super(outbox)
    this.#observer = observer
  }

  /** Bytes; 0: none. */
  get limit(): number {
    return this.#limit
  }

  setLimit(bytes: number): void {
    this.#limit = bytes
    this.#checkHigh()
    this.#checkLow()
  }

  override push(piece: Uint8Array | string, soon: boolean): void {
    super.push(piece, soon)
    if (this.#limit > 0) this.#checkHigh()
  }

  override pushComposed(composed: ComposedBytes, soon: boolean): void {
    super.pushComposed(composed, soon)
    if (this.#limit > 0) this.#checkHigh()
  }

  override clear(): void {
    super.clear()
    this.#checkLow()
  }

  override flush(socket: NativeSocket, scratch: Buffer): number {
    const taken = super.flush(socket, scratch)
    if (this.#above) this.#checkLow()
    return taken
  }

  #checkHigh(): void {
    if (this.#above || this.#limit === 0 || this.length <= this.#limit) return
    this.#above = true
    this.#observer.onAboveHighWatermark()
  }

  #checkLow(): void {
    if (!this.#above || (this.#limit !== 0 && this.length > Math.floor(this.#limit / 2))) return
    this.#above = false
    this.#observer.onBelowLowWatermark()
  }
}
