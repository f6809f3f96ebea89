/**
 * The timers of a stream. They outlive it: a thread hands them from stream to stream, so that a request arms timers and
 * makes none. Each exists from its first use on.
 */
import type { Dispatcher, Timer } from '../api/event.ts'
import type { Overload } from '../api/overload.ts'

export interface TimedStream {
  onStreamIdleTimeout(): void
  onRequestTimeout(): void
  onRequestHeadersTimeout(): void
  onMaxStreamDuration(): void
  onAccessLogInterval(): void
}

export class StreamTimers {
  readonly #dispatcher: Dispatcher
  readonly #overload: Overload
  #stream: TimedStream | undefined = undefined
  #idle: Timer | undefined = undefined
  #request: Timer | undefined = undefined
  #requestHeaders: Timer | undefined = undefined
  #maxDuration: Timer | undefined = undefined
  #accessLog: Timer | undefined = undefined

  constructor(dispatcher: Dispatcher, overload: Overload) {
    this.#dispatcher = dispatcher
    this.#overload = overload
  }

  attach(stream: TimedStream): void {
    this.#stream = stream
  }

  /**
   * Disarms all but the idle timer: the next stream puts it off anyway, which costs less than to take it out of the
   * wheel and back, and without a stream it does nothing.
   */
  detach(): void {
    this.#stream = undefined
    this.#request?.disable()
    this.#requestHeaders?.disable()
    this.#maxDuration?.disable()
    this.#accessLog?.disable()
  }

  /** After `detach`, for timers that no stream will use again. */
  disarmIdle(): void {
    this.#idle?.disable()
  }

  /** 0 ms disarms, here and below. */
  armIdle(ms: number): void {
    if (ms > 0) (this.#idle ??= this.#idleTimer()).enable(ms)
    else this.#idle?.disable()
  }

  #idleTimer(): Timer {
    const onTimeout = (): void => this.#stream?.onStreamIdleTimeout()
    return this.#overload.timer('HTTP_DOWNSTREAM_STREAM_IDLE', this.#dispatcher, onTimeout)
  }

  armRequest(ms: number): void {
    if (ms > 0) (this.#request ??= this.#dispatcher.timer(() => this.#stream?.onRequestTimeout())).enable(ms)
    else this.#request?.disable()
  }

  armRequestHeaders(ms: number): void {
    if (ms > 0) {
      this.#requestHeaders ??= this.#dispatcher.timer(() => this.#stream?.onRequestHeadersTimeout())
      this.#requestHeaders.enable(ms)
    } else this.#requestHeaders?.disable()
  }

  /** Undefined disarms; 0 ms is now. */
  armMaxDuration(ms: number | undefined): void {
    if (ms !== undefined) {
      this.#maxDuration ??= this.#dispatcher.timer(() => this.#stream?.onMaxStreamDuration())
      this.#maxDuration.enable(ms)
    } else this.#maxDuration?.disable()
  }

  armAccessLog(ms: number): void {
    if (ms > 0) (this.#accessLog ??= this.#dispatcher.timer(() => this.#stream?.onAccessLogInterval())).enable(ms)
  }
}

const KEEP_AT_MOST = 1024

/** Those that no stream has at the moment. */
export class FreeStreamTimers {
  readonly #dispatcher: Dispatcher
  readonly #overload: Overload
  readonly #free: StreamTimers[] = []

  constructor(dispatcher: Dispatcher, overload: Overload) {
    this.#dispatcher = dispatcher
    this.#overload = overload
  }

  take(): StreamTimers {
    return this.#free.pop() ?? new StreamTimers(this.#dispatcher, this.#overload)
  }

  /** After `detach`. */
  giveBack(timers: StreamTimers): void {
    if (this.#free.length < KEEP_AT_MOST) this.#free.push(timers)
    else timers.disarmIdle()
  }
}
