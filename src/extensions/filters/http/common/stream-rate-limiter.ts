/**
 * Lets the body of one direction of a stream pass at a limited rate: holds it, and hands it on piece by piece, once an
 * interval. A filter gives it all data it gets and answers stop-no-buffer.
 */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Dispatcher, Timer } from '../../../../api/event.ts'
import { ByteQueue as Bytes } from '../../../../base/byte-queue.ts'
import type { TokenBucket } from './token-bucket.ts'

export interface StreamRateLimiterDeps {
  readonly dispatcher: Dispatcher
  /** Of bytes; may be shared by streams. */
  readonly bucket: Pick<TokenBucket, 'take'>
  readonly intervalMs: number
  /** Bytes that may be held before the source is paused; 0: any number. */
  readonly bufferLimit: number
  /** Hands data to the next filter; `end`: and the end of the message. */
  write(data: ByteQueue, end: boolean): void
  /** Everything was written, trailers may follow. */
  continueWithTrailers(): void
  pause(): void
  resume(): void
  /** Told of each turn: bytes written, and whether some are left. */
  onWritten?(bytes: number, isLimited: boolean): void
}

export class StreamRateLimiter {
  readonly #deps: StreamRateLimiterDeps
  readonly #held = new Bytes()
  readonly #timer: Timer
  #sawEnd = false
  #sawTrailers = false
  #paused = false
  #destroyed = false

  constructor(deps: StreamRateLimiterDeps) {
    this.#deps = deps
    this.#timer = deps.dispatcher.timer(() => this.#onTimer())
  }

  take(data: ByteQueue, end: boolean, trailersFollow = false): void {
    data.moveTo(this.#held)
    this.#sawEnd = end
    if (trailersFollow) this.#sawTrailers = true
    const { bufferLimit } = this.#deps
    if (!this.#paused && bufferLimit > 0 && this.#held.length > bufferLimit) {
      this.#paused = true
      this.#deps.pause()
    }
    // Never from inside of the callback that brings the data.
    if (!this.#timer.enabled) this.#timer.enable(0)
  }

  /** True when the trailers must wait for what is held. */
  onTrailers(): boolean {
    this.#sawEnd = true
    this.#sawTrailers = true
    return this.#held.length > 0
  }

  destroy(): void {
    this.#destroyed = true
    this.#timer.disable()
  }

  #onTimer(): void {
    const { bucket, intervalMs } = this.#deps
    const held = this.#held
    const out = new Bytes()
    held.moveSomeTo(out, bucket.take(held.length))
    this.#deps.onWritten?.(out.length, held.length > 0)
    this.#checkLow()
    if (this.#destroyed) return
    if (held.length > 0) this.#timer.enable(intervalMs)
    const isLast = held.length === 0
    this.#deps.write(out, this.#sawEnd && isLast && !this.#sawTrailers)
    if (isLast && this.#sawTrailers && !this.#isDestroyed()) this.#deps.continueWithTrailers()
  }

  #checkLow(): void {
    if (!this.#paused || this.#held.length > this.#deps.bufferLimit / 2) return
    this.#paused = false
    this.#deps.resume()
  }

  /** It may have been while something was written. */
  #isDestroyed(): boolean {
    return this.#destroyed
  }
}
