/**
 * One attempt of a request: waits for a stream of the pool, sends what the downstream gave so far and what it gives
 * later, and hands the response to the router filter.
 */
import type { ByteQueue } from '../api/bytes.ts'
import type { Protocol, RequestEncoder, ResetReason, ResponseDecoder } from '../api/codec.ts'
import type { Dispatcher, Timer } from '../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../api/headers.ts'
import type { UpstreamInfo } from '../api/stream-info.ts'
import type { Cancellable, Host, HttpPool, PoolCallbacks, PoolFailure } from '../api/upstream.ts'
import { ByteQueue as Bytes } from '../base/byte-queue.ts'
import { resetReasonOf } from './upstream-failure.ts'

/** The filter, as its attempts see it. */
export interface UpstreamRequestOwner {
  readonly dispatcher: Dispatcher
  onUpstreamReady(request: UpstreamRequest): void
  onUpstream1xx(headers: ResponseHeaders): void
  onUpstreamHeaders(request: UpstreamRequest, headers: ResponseHeaders, end: boolean): void
  onUpstreamData(request: UpstreamRequest, data: ByteQueue, end: boolean): void
  onUpstreamTrailers(request: UpstreamRequest, trailers: Trailers): void
  onUpstreamReset(request: UpstreamRequest, reason: ResetReason, transportFailure: string): void
  onPerTryTimeout(request: UpstreamRequest): void
  onUpstreamBackedUp(backedUp: boolean): void
}

export class UpstreamRequest implements ResponseDecoder, PoolCallbacks {
  readonly host: Host
  upstream: UpstreamInfo | undefined = undefined
  /** Request headers have gone to the upstream. */
  sent = false
  responseStarted = false
  readonly #owner: UpstreamRequestOwner
  readonly #headers: RequestHeaders
  #encoder: RequestEncoder | undefined = undefined
  #pending: Cancellable | undefined = undefined
  /** Body that came before the stream was there. */
  #early: ByteQueue | undefined = undefined
  #earlyTrailers: Trailers | undefined = undefined
  #ended = false
  #done = false
  #backedUp = 0
  #perTry: Timer | undefined = undefined

  constructor(owner: UpstreamRequestOwner, host: Host, headers: RequestHeaders) {
    this.#owner = owner
    this.host = host
    this.#headers = headers
  }

  /** Asks the pool for a stream. `end`: the request has no body. */
  start(pool: HttpPool, end: boolean): void {
    this.#ended = end
    this.#pending = pool.newStream(this, this)
  }

  sendData(data: ByteQueue, end: boolean): void {
    this.#ended = this.#ended || end
    if (this.#encoder === undefined) {
      data.moveTo((this.#early ??= new Bytes()))
      return
    }
    this.#encoder.encodeData(data, end)
    if (end) this.#markLastTx()
  }

  sendTrailers(trailers: Trailers): void {
    this.#ended = true
    if (this.#encoder === undefined) this.#earlyTrailers = trailers
    else {
      this.#encoder.encodeTrailers(trailers)
      this.#markLastTx()
    }
  }

  readDisable(disable: boolean): void {
    this.#encoder?.readDisable(disable)
  }

  armPerTryTimeout(ms: number): void {
    if (ms === 0 || this.#done) return
    this.#perTry ??= this.#owner.dispatcher.timer(() => this.#owner.onPerTryTimeout(this))
    this.#perTry.enable(ms)
  }

  /** Gives the attempt up; nothing is called after this. */
  cancel(): void {
    if (this.#done) return
    this.#finish()
    this.#pending?.cancel()
    this.#encoder?.reset('local-reset')
  }

  onPoolReady(encoder: RequestEncoder, upstream: UpstreamInfo, _protocol: Protocol): void {
    this.#pending = undefined
    this.#encoder = encoder
    this.upstream = upstream
    this.#owner.onUpstreamReady(this)
    const bodyFollows = this.#early !== undefined || this.#earlyTrailers !== undefined || !this.#ended
    upstream.firstTxByte = this.#owner.dispatcher.now
    const refusal = encoder.encodeHeaders(this.#headers, !bodyFollows)
    this.sent = true
    if (refusal !== undefined) return this.onReset('protocol-error', refusal)
    this.#sendEarly(encoder)
  }

  onPoolFailure(reason: PoolFailure, transportFailureReason: string): void {
    this.#pending = undefined
    this.onReset(resetReasonOf(reason), transportFailureReason)
  }

  decode1xx(headers: ResponseHeaders): void {
    if (!this.#done) this.#owner.onUpstream1xx(headers)
  }

  decodeHeaders(headers: ResponseHeaders, end: boolean): void {
    if (this.#done) return
    if (this.upstream !== undefined) this.upstream.firstRxByte = this.#owner.dispatcher.now
    this.responseStarted = true
    this.#perTry?.disable()
    if (end) this.#complete()
    this.#owner.onUpstreamHeaders(this, headers, end)
  }

  decodeData(data: ByteQueue, end: boolean): void {
    if (this.#done) return
    if (end) this.#complete()
    this.#owner.onUpstreamData(this, data, end)
  }

  decodeTrailers(trailers: Trailers): void {
    if (this.#done) return
    this.#complete()
    this.#owner.onUpstreamTrailers(this, trailers)
  }

  onReset(reason: ResetReason, transportFailure: string): void {
    if (this.#done) return
    this.#finish()
    this.#owner.onUpstreamReset(this, reason, transportFailure)
  }

  onAboveHighWatermark(): void {
    if (this.#backedUp++ === 0 && !this.#done) this.#owner.onUpstreamBackedUp(true)
  }

  onBelowLowWatermark(): void {
    if (--this.#backedUp === 0 && !this.#done) this.#owner.onUpstreamBackedUp(false)
  }

  /** The response is whole. A request that is not may be cut: the peer does not want the rest. */
  #complete(): void {
    if (this.upstream !== undefined) this.upstream.lastRxByte = this.#owner.dispatcher.now
    this.#finish()
    if (!this.#ended) this.#encoder?.reset('local-reset')
  }

  #finish(): void {
    if (this.#backedUp > 0) this.#owner.onUpstreamBackedUp(false)
    this.#done = true
    this.#perTry?.disable()
  }

  #sendEarly(encoder: RequestEncoder): void {
    if (this.#early !== undefined) {
      const end = this.#ended && this.#earlyTrailers === undefined
      encoder.encodeData(this.#early, end)
      this.#early = undefined
    }
    if (this.#earlyTrailers !== undefined) encoder.encodeTrailers(this.#earlyTrailers)
    if (this.#ended) this.#markLastTx()
  }

  #markLastTx(): void {
    if (this.upstream !== undefined) this.upstream.lastTxByte = this.#owner.dispatcher.now
  }
}
