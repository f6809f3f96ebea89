/** The body of one direction of a stream on its way through the limit, and how long it took. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Dispatcher } from '../../../../api/event.ts'
import { StreamRateLimiter } from '../common/stream-rate-limiter.ts'
import type { BandwidthInUse } from './bandwidth-in-use.ts'
import type { BandwidthStats } from './stats.ts'

export interface LimitedBodyDeps {
  readonly dispatcher: Dispatcher
  readonly bufferLimit: number
  inject(data: ByteQueue, end: boolean): void
  continueWithTrailers(): void
  pause(): void
  resume(): void
  /** The last of the body has passed; before it is handed on, and before the trailers are. */
  onFinished(): void
}

export class LimitedBody {
  /** ms from the first of the body to the last; 0 until then. */
  durationMs = 0
  /** ms that body was made to wait. */
  delayMs = 0
  readonly #limiter: StreamRateLimiter
  readonly #stats: BandwidthStats
  readonly #deps: LimitedBodyDeps
  /** Monotonic ms; undefined while nothing is pending. */
  #begunAt: number | undefined = undefined

  constructor(inUse: BandwidthInUse, stats: BandwidthStats, deps: LimitedBodyDeps) {
    const { fillIntervalMs } = inUse.config
    this.#stats = stats
    this.#deps = deps
    this.#limiter = new StreamRateLimiter({
      dispatcher: deps.dispatcher,
      bucket: inUse.bucket,
      intervalMs: fillIntervalMs,
      bufferLimit: deps.bufferLimit,
      write: (data, end) => {
        if (end) this.finish()
        deps.inject(data, end)
      },
      continueWithTrailers: () => {
        this.finish()
        deps.continueWithTrailers()
      },
      pause: () => deps.pause(),
      resume: () => deps.resume(),
      onWritten: (bytes, isLimited) => {
        stats.allowedSize.set(bytes)
        stats.allowedTotalSize.add(bytes)
        if (!isLimited) return
        stats.enforced.inc()
        this.delayMs += fillIntervalMs
      },
    })
    stats.enabled.inc()
  }

  take(data: ByteQueue, end: boolean, trailersFollow: boolean): void {
    if (this.#begunAt === undefined) {
      this.#begunAt = this.#deps.dispatcher.now
      this.#stats.pending.inc()
    }
    // Envoy hears of the end by itself, with nothing in it.
    this.#stats.incomingSize.set(end ? 0 : data.length)
    this.#stats.incomingTotalSize.add(data.length)
    this.#limiter.take(data, end, trailersFollow)
  }

  /** True when the trailers must wait. */
  onTrailers(): boolean {
    if (this.#limiter.onTrailers()) return true
    this.finish()
    return false
  }

  finish(): void {
    if (this.#begunAt === undefined) return
    const ms = this.#deps.dispatcher.now - this.#begunAt
    this.durationMs = Math.floor(ms)
    this.#deps.onFinished()
    this.#stats.transferDuration.record(ms)
    this.#end()
  }

  destroy(): void {
    this.#limiter.destroy()
    if (this.#begunAt !== undefined) this.#end()
  }

  #end(): void {
    this.#begunAt = undefined
    this.#stats.pending.dec()
  }
}
