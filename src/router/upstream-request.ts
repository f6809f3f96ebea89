/**
 * One attempt of a request: waits for a stream of the pool, sends what the downstream gave so far and what it gives
 * later, and hands the response to its owner.
 */
import type { ByteQueue } from '../api/bytes.ts'
import type { Protocol, RequestEncoder, ResetReason, ResponseDecoder } from '../api/codec.ts'
import type { Dispatcher, Timer } from '../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../api/headers.ts'
import type { RequestTimeouts } from '../api/route.ts'
import type { ResponseFlag, UpstreamInfo } from '../api/stream-info.ts'
import type { StreamTrace } from '../api/tracing.ts'
import type { Cancellable, Host, HttpPool, PoolCallbacks, PoolFailure } from '../api/upstream.ts'
import { ByteQueue as Bytes } from '../base/byte-queue.ts'
import { nameSet } from '../codec/headers/field-names.ts'
import { isUpgrade } from '../codec/headers/is-upgrade.ts'
import { failedUpstream } from './failed-upstream.ts'
import type { AttemptLog } from './upstream-log/attempt-log.ts'
import { resetReasonOf } from './upstream-failure.ts'

const UPGRADE = nameSet(['upgrade'])

export type AttemptTimeout = 'per-try' | 'per-try-idle' | 'max-duration'

/** The filter, as its attempts see it. */
export interface UpstreamRequestOwner {
  readonly dispatcher: Dispatcher
  readonly timeouts: RequestTimeouts
  /** Bytes to hold for an upstream that is not connected yet; 0: no limit. */
  readonly bufferLimit: number
  /** The downstream has sent everything. */
  readonly requestComplete: boolean
  onUpstreamReady(request: UpstreamRequest): void
  /** The headers lack what a request must have. */
  onUnsendable(request: UpstreamRequest, message: string): void
  onUpstream1xx(request: UpstreamRequest, headers: ResponseHeaders): void
  onUpstreamHeaders(request: UpstreamRequest, headers: ResponseHeaders, end: boolean): void
  onUpstreamData(request: UpstreamRequest, data: ByteQueue, end: boolean): void
  onUpstreamTrailers(request: UpstreamRequest, trailers: Trailers): void
  onUpstreamReset(request: UpstreamRequest, reason: ResetReason, transportFailure: string): void
  onAttemptTimeout(request: UpstreamRequest, kind: AttemptTimeout): void
  onUpstreamBackedUp(backedUp: boolean): void
}

export class UpstreamRequest implements ResponseDecoder, PoolCallbacks {
  readonly host: Host
  upstream: UpstreamInfo | undefined = undefined
  /** What there is to tell where there came to be no stream. */
  failed: UpstreamInfo | undefined = undefined
  /** Request headers have gone to the upstream. */
  sent = false
  responseStarted = false
  /** Another attempt was started because this one is slow. */
  hedged = false
  /** Its host has been charged with being slow. */
  timeoutTold = false
  /** As the response headers said, or the host is one. */
  canary = false
  /** How the gRPC request went is for its trailers to say. */
  awaitsGrpcStatus = false
  /** The host has told its load. */
  loadReported = false
  readonly #owner: UpstreamRequestOwner
  readonly #headers: RequestHeaders
  readonly #log: AttemptLog | undefined
  #encoder: RequestEncoder | undefined = undefined
  #pending: Cancellable | undefined = undefined
  /** Upstream filters, which take the body before there is a connection. */
  #filters: RequestEncoder | undefined = undefined
  /** Body that came before the stream was there. */
  #early: ByteQueue | undefined = undefined
  #earlyTrailers: Trailers | undefined = undefined
  #ended = false
  #done = false
  /** An upgrade that the upstream has not accepted: it would take the client's bytes for its next request. */
  #awaitsUpgrade = false
  /** Reasons to hold the downstream back: the connection's write buffer, and `#early`. */
  #backedUp = 0
  #earlyIsFull = false
  #perTry: Timer | undefined = undefined
  #perTryIdle: Timer | undefined = undefined
  #asked = 0
  #maxDuration: Timer | undefined = undefined

  /** `log`: where attempts are logged. */
  constructor(owner: UpstreamRequestOwner, host: Host, headers: RequestHeaders, log?: AttemptLog) {
    this.#owner = owner
    this.host = host
    this.#headers = headers
    this.#log = log
  }

  /** Asks the pool for a stream. `end`: the request has no body; `filters`: in front of the pool's streams. */
  start(pool: HttpPool, end: boolean, filters?: RequestEncoder): void {
    this.#ended = end
    this.#filters = filters
    // What an upgrade sends waits for the answer, also in front of filters.
    if (filters !== undefined) this.#awaitsUpgrade = awaitsAnswer(this.#headers)
    this.#asked = this.#owner.dispatcher.now
    this.#pending = pool.newStream(this, this)
  }

  sendData(data: ByteQueue, end: boolean): void {
    this.#ended = this.#ended || end
    if (this.#log !== undefined) this.#log.streamInfo.bytesSent += data.length
    const encoder = this.#encoder ?? this.#filters
    if (encoder === undefined || this.#awaitsUpgrade) {
      const early = (this.#early ??= new Bytes())
      data.moveTo(early)
      const limit = this.#owner.bufferLimit
      if (this.#earlyIsFull || limit === 0 || early.length <= limit) return
      this.#earlyIsFull = true
      this.onAboveHighWatermark()
      return
    }
    encoder.encodeData(data, end)
    if (end) this.#markLastTx()
  }

  sendTrailers(trailers: Trailers): void {
    this.#ended = true
    const encoder = this.#encoder ?? this.#filters
    if (encoder === undefined || this.#awaitsUpgrade) this.#earlyTrailers = trailers
    else {
      encoder.encodeTrailers(trailers)
      this.#markLastTx()
    }
  }

  /** The pool has no stream for it yet. */
  get isPending(): boolean {
    return this.#pending !== undefined
  }

  readDisable(disable: boolean): void {
    this.#encoder?.readDisable(disable)
  }

  /** The downstream request is complete: from now on a connected attempt has limited time. */
  onRequestComplete(): void {
    if (this.#encoder !== undefined) this.#startPerTry()
  }

  /** The time of the whole request is over; `cancel` follows. */
  onRequestTimeout(): void {
    this.#log?.onRequestTimeout()
  }

  /** Its response is whole, and about to be handed on. */
  endSpan(): void {
    this.#log?.endSpan()
  }

  abandonSpan(): void {
    this.#log?.onCancelled()
    this.#log?.endSpan()
  }

  /** Its own time is over; `cancel` follows. */
  onTimeout(flag: ResponseFlag): void {
    this.#log?.onTimeout(flag)
  }

  /** Tells the upstream of the trace that it is part of. */
  inject({ span }: StreamTrace): void {
    const own = this.#log?.span?.span ?? span
    own.inject(this.#headers)
  }

  /** Gives the attempt up; nothing is called after this. */
  cancel(): void {
    if (this.#done) return
    this.#finish()
    this.#log?.onCancelled()
    this.#log?.end()
    this.#pending?.cancel()
    const encoder = this.#encoder ?? this.#filters
    encoder?.reset('local-reset')
  }

  onPoolReady(encoder: RequestEncoder, upstream: UpstreamInfo, _protocol: Protocol): void {
    this.#pending = undefined
    this.#encoder = encoder
    this.upstream = upstream
    const owner = this.#owner
    upstream.poolAsked = this.#asked
    upstream.poolReady = owner.dispatcher.now
    owner.onUpstreamReady(this)
    this.#log?.onPoolReady(upstream)
    const { maxDurationMs } = owner.timeouts
    if (maxDurationMs > 0) (this.#maxDuration = this.#timer('max-duration')).enable(maxDurationMs)
    if (owner.requestComplete) this.#startPerTry()
    this.#awaitsUpgrade = awaitsAnswer(this.#headers)
    const bodyFollows = this.#early !== undefined || this.#earlyTrailers !== undefined || !this.#ended
    upstream.firstTxByte = owner.dispatcher.now
    const refusal = encoder.encodeHeaders(this.#headers, !bodyFollows)
    this.sent = true
    if (refusal !== undefined) {
      this.cancel()
      owner.onUnsendable(this, refusal)
    } else if (!this.#done && !this.#awaitsUpgrade) this.#sendEarly(encoder)
  }

  onPoolFailure(reason: PoolFailure, transportFailureReason: string, host: Host | undefined): void {
    this.#pending = undefined
    this.failed = failedUpstream(host, transportFailureReason)
    if (host !== undefined) {
      this.failed.poolAsked = this.#asked
      this.failed.poolReady = this.#owner.dispatcher.now
    }
    this.onReset(resetReasonOf(reason), transportFailureReason)
  }

  decode1xx(headers: ResponseHeaders): void {
    if (this.#done) return
    if (isPassedOn(headers.status)) this.#owner.onUpstream1xx(this, headers)
    // To Envoy any other is an answer to whoever waits for that of a WebSocket, but one to HEAD waits for its end.
    else if (this.#headers.method !== 'HEAD' && this.failsHandshake(headers.status)) this.decodeHeaders(headers, false)
  }

  decodeHeaders(headers: ResponseHeaders, end: boolean): void {
    if (this.#done) return
    if (this.upstream !== undefined) this.upstream.firstRxByte = this.#owner.dispatcher.now
    this.responseStarted = true
    if (!this.failsHandshake(headers.status)) this.#log?.onHeaders(headers)
    this.#perTry?.disable()
    if (end) this.#complete()
    else this.#perTryIdle?.enable(this.#owner.timeouts.perTryIdleMs)
    this.#owner.onUpstreamHeaders(this, headers, end)
    if (end) this.#log?.end()
    if (this.#awaitsUpgrade && opensTunnel(this.#headers, headers.status)) this.#startTunnel()
  }

  /** A WebSocket that is neither accepted nor refused in so many words: no response for logs and counters of codes. */
  failsHandshake(status: number): boolean {
    if (!this.#awaitsUpgrade || status === 101 || status >= 400 || this.#headers.method === 'CONNECT') return false
    return this.#headers.get('upgrade')?.toLowerCase() === 'websocket'
  }

  decodeData(data: ByteQueue, end: boolean): void {
    if (this.#done) return
    if (this.upstream !== undefined && data.length > 0) this.upstream.firstRxBodyByte ??= this.#owner.dispatcher.now
    if (this.#log !== undefined) this.#log.streamInfo.bytesReceived += data.length
    if (end) this.#complete()
    else this.#perTryIdle?.enable(this.#owner.timeouts.perTryIdleMs)
    this.#owner.onUpstreamData(this, data, end)
    if (end) this.#log?.end()
  }

  decodeTrailers(trailers: Trailers): void {
    if (this.#done) return
    this.#complete()
    if (this.#log !== undefined) this.#log.responseTrailers = trailers
    this.#owner.onUpstreamTrailers(this, trailers)
    this.#log?.end()
  }

  onReset(reason: ResetReason, transportFailure: string): void {
    if (this.#done) return
    this.#finish()
    this.#log?.onReset(reason, this.failed)
    this.#log?.end()
    this.#owner.onUpstreamReset(this, reason, transportFailure)
  }

  onAboveHighWatermark(): void {
    if (this.#backedUp++ === 0 && !this.#done) this.#owner.onUpstreamBackedUp(true)
  }

  onBelowLowWatermark(): void {
    if (--this.#backedUp === 0 && !this.#done) this.#owner.onUpstreamBackedUp(false)
  }

  /** Also the idle time of a try counts from the end of the request only. */
  #startPerTry(): void {
    const { perTryMs, perTryIdleMs } = this.#owner.timeouts
    if (this.#done) return
    if (perTryIdleMs > 0) (this.#perTryIdle ??= this.#timer('per-try-idle')).enable(perTryIdleMs)
    if (perTryMs === 0 || this.responseStarted) return
    this.#perTry ??= this.#timer('per-try')
    this.#perTry.enable(perTryMs)
  }

  #timer(kind: AttemptTimeout): Timer {
    return this.#owner.dispatcher.timer(() => this.#owner.onAttemptTimeout(this, kind))
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
    this.#perTryIdle?.disable()
    this.#maxDuration?.disable()
  }

  #startTunnel(): void {
    this.#awaitsUpgrade = false
    if (!this.#done && this.#encoder !== undefined) this.#sendEarly(this.#encoder)
  }

  #sendEarly(encoder: RequestEncoder): void {
    const early = this.#early
    this.#early = undefined
    if (early !== undefined) encoder.encodeData(early, this.#ended && this.#earlyTrailers === undefined)
    if (this.#earlyTrailers !== undefined) encoder.encodeTrailers(this.#earlyTrailers)
    if (this.#ended) this.#markLastTx()
    if (!this.#earlyIsFull) return
    this.#earlyIsFull = false
    this.onBelowLowWatermark()
  }

  #markLastTx(): void {
    if (this.upstream !== undefined) this.upstream.lastTxByte = this.#owner.dispatcher.now
  }
}

function opensTunnel({ method }: RequestHeaders, status: number): boolean {
  return method === 'CONNECT' ? status >= 200 && status < 300 : status === 101
}

/** Of the informational ones Envoy knows these. */
function isPassedOn(status: number): boolean {
  return status === 100 || (status >= 102 && status <= 104)
}

function awaitsAnswer(headers: RequestHeaders): boolean {
  return headers.method === 'CONNECT' || (headers.mayHave(UPGRADE) && isUpgrade(headers))
}
