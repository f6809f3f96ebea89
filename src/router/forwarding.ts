/**
 * A request on its way to a cluster: chooses hosts, makes attempts, retries or hedges them where the policy says so,
 * limits their time, and hands the response back. In Envoy this is the second half of Router::Filter.
 */
import type { ByteQueue, WatermarkObserver } from '../api/bytes.ts'
import type { ResetReason } from '../api/codec.ts'
import type { Dispatcher, Random } from '../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../api/headers.ts'
import type { DecoderCallbacks } from '../api/http.ts'
import type { Connection } from '../api/network.ts'
import type { Route, RouteEntry } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { ClusterInfo, Host, LoadBalancerContext, ResourcePriority, ThreadCluster } from '../api/upstream.ts'
import { ByteQueue as Bytes } from '../base/byte-queue.ts'
import { Attempts } from './attempts.ts'
import { failedUpstream } from './failed-upstream.ts'
import type { RouterReply } from './local-replies.ts'
import { sendRouterReply } from './local-replies.ts'
import type { RequestCharges } from './request-charges.ts'
import type { RequestTimer, RequestTimerOwner } from './request-timers.ts'
import { RequestTimers } from './request-timers.ts'
import type { RetryCounter, RetryDecision, RetryOwner, RetryState } from './retry-state.ts'
import { createRetryState } from './retry-state.ts'
import { rewriteAuthority } from './route-entry.ts'
import type { RouterShared } from './router-shared.ts'
import type { RequestTimeouts } from './timeouts.ts'
import { setExpectedTimeout, takeTimeouts } from './timeouts.ts'
import { failureBody, failureDetails, failureStatus, flagOf } from './upstream-failure.ts'
import type { AttemptTimeout, UpstreamRequestOwner } from './upstream-request.ts'
import { UpstreamRequest } from './upstream-request.ts'

export interface ForwardingDeps {
  readonly shared: RouterShared
  readonly callbacks: DecoderCallbacks
  readonly route: Route
  readonly entry: RouteEntry
  readonly cluster: ThreadCluster
  readonly charges: RequestCharges
}

type Roles = UpstreamRequestOwner & RetryOwner & LoadBalancerContext & WatermarkObserver & RequestTimerOwner

const ATTEMPT_TIMEOUTS = {
  'per-try': { counter: 'upstream_rq_per_try_timeout', details: 'upstream_per_try_timeout' },
  'per-try-idle': { counter: 'upstream_rq_per_try_idle_timeout', details: 'upstream_per_try_idle_timeout' },
} as const

const MAX_DURATION_WORDS = 'upstream max stream duration reached'

export class Forwarding implements Roles {
  readonly #shared: RouterShared
  readonly #callbacks: DecoderCallbacks
  readonly #route: Route
  readonly #entry: RouteEntry
  readonly #cluster: ThreadCluster
  readonly #charges: RequestCharges
  readonly #headers: RequestHeaders
  readonly timeouts: RequestTimeouts
  #timer: RequestTimer | undefined = undefined
  #retryState: RetryState | undefined = undefined
  /** A retry was granted and waits for its time. */
  #retryPending = false
  #timeoutRetry = false
  readonly #attempts = new Attempts()
  /** Body and trailers by reference for further attempts; undefined when none is possible (any more). */
  #body: ByteQueue | undefined = undefined
  #trailers: Trailers | undefined = undefined
  requestComplete = false
  #requestCompleteAt = 0
  #responseStarted = false
  #downstreamFull = 0
  #over = false

  constructor(deps: ForwardingDeps, headers: RequestHeaders) {
    this.#shared = deps.shared
    this.#callbacks = deps.callbacks
    this.#route = deps.route
    this.#entry = deps.entry
    this.#cluster = deps.cluster
    this.#charges = deps.charges
    this.#headers = headers
    this.timeouts = takeTimeouts(headers, deps.entry, deps.shared.respectExpectedTimeout)
  }

  // ------------------------------------------------------------------------------------------------ request

  /** Once, first of all. */
  start(end: boolean): void {
    const host = this.#chooseHost()
    if (host === undefined) return
    this.#prepareHeaders()
    if (!end && this.#retryState !== undefined) this.#body = new Bytes()
    this.#callbacks.addDownstreamWatermarkCallbacks(this)
    this.#startAttempt(host, end)
    if (end) this.#onRequestComplete()
    // The request of a WebSocket never completes before its answer, which must not take forever.
    else if (this.#headers.get('upgrade')?.toLowerCase() === 'websocket') this.#startTimer()
  }

  sendData(data: ByteQueue, end: boolean): void {
    if (this.#over || (this.#body !== undefined && !this.#keep(this.#body, data))) return
    this.#attempts.latest?.sendData(data, end)
    if (end) this.#onRequestComplete()
  }

  sendTrailers(trailers: Trailers): void {
    if (this.#over) return
    this.#trailers = trailers
    this.#attempts.latest?.sendTrailers(trailers)
    this.#onRequestComplete()
  }

  /** The stream is gone, for whatever reason. */
  destroy(): void {
    this.#cleanUp()
    this.#callbacks.removeDownstreamWatermarkCallbacks(this)
    for (const attempt of this.#attempts.takeAll()) attempt.cancel()
  }

  /** Timeouts and the count of attempts come first: the route may take those headers away again. */
  #prepareHeaders(): void {
    const { suppressEnvoyHeaders } = this.#shared
    const info = this.#callbacks.streamInfo
    const headers = this.#headers
    if (!suppressEnvoyHeaders) setExpectedTimeout(headers, this.timeouts, 0)
    if (this.#route.virtualHost.includeAttemptCountInRequest) headers.set('x-envoy-attempt-count', '1')
    info.attemptCount = 1
    this.#entry.finalizeRequestHeaders(headers, info, !suppressEnvoyHeaders)
    this.#retryState = createRetryState(headers, this.#entry.retryPolicy, this)
  }

  #chooseHost(): Host | undefined {
    const pick = this.#cluster.chooseHost(this)
    if (pick.kind === 'host') return pick.host
    this.#cleanUp()
    this.#charges.response(503, false, undefined)
    const flag = pick.kind === 'none' ? pick.flag : 'UH'
    const details = pick.kind === 'none' ? pick.detail : 'no_healthy_upstream'
    this.#reply({ status: 503, body: 'no healthy upstream', details, flag })
    return undefined
  }

  #startAttempt(host: Host, end: boolean): void {
    const entry = this.#entry
    if (entry.autoHostRewrite && host.hostname !== '' && this.#headers.authority !== host.hostname) {
      rewriteAuthority(this.#headers, host.hostname, entry.appendXForwardedHost)
    }
    this.#retryState?.onHostAttempted(host)
    const attempt = new UpstreamRequest(this, host, this.#headers)
    this.#attempts.add(attempt)
    attempt.start(this.#cluster.httpPool(host, entry.priority, this), end)
  }

  #onRequestComplete(): void {
    if (this.#over) return
    this.requestComplete = true
    this.#requestCompleteAt = this.dispatcher.now
    this.#startTimer()
    this.#attempts.latest?.onRequestComplete()
  }

  /** Keeps the body for later attempts; past the limit there will be none. False when that was the end of the request. */
  #keep(body: ByteQueue, data: ByteQueue): boolean {
    const limit = this.#entry.bodyBufferLimitBytes ?? this.bufferLimit
    if (limit === 0 || body.length + data.length <= limit) {
      data.forEach((chunk) => body.push(chunk))
      return true
    }
    this.#charges.count('retry_or_shadow_abandoned')
    this.#forgetRetries()
    if (this.#attempts.latest !== undefined) return true
    // Nothing is under way: the attempt failed, and what the next one needs cannot be kept.
    this.#cleanUp()
    this.#reply({
      status: 507,
      body: 'exceeded request buffer limit while retrying upstream',
      details: 'request_payload_exceeded_retry_buffer_limit',
    })
    return false
  }

  // ----------------------------------------------------------------------------------------------- response

  onUpstreamReady(request: UpstreamRequest): void {
    this.#callbacks.streamInfo.upstream = request.upstream
    this.#charges.upstreamRequest()
    if (this.#downstreamFull > 0) request.readDisable(true)
  }

  onUnsendable(request: UpstreamRequest, message: string): void {
    this.#attempts.remove(request)
    this.#cleanUp()
    const details = `filter_removed_required_request_headers{${message.replaceAll(' ', '_')}}`
    this.#reply({ status: 503, body: message, details, flag: 'DPE' })
  }

  onUpstream1xx(request: UpstreamRequest, headers: ResponseHeaders): void {
    this.#charges.response(headers.status, false, request.host)
    this.#attempts.cancelOthers(request)
    // What a client was told to go on with cannot be taken back for another attempt.
    this.#forgetRetries()
    this.#callbacks.encode1xx(headers)
  }

  onUpstreamHeaders(request: UpstreamRequest, headers: ResponseHeaders, end: boolean): void {
    if (this.#isNotTheResponse(request, headers)) {
      this.#attempts.remove(request)
      if (!end) request.cancel()
      return
    }
    this.#forgetRetries()
    const { suppressEnvoyHeaders } = this.#shared
    const info = this.#callbacks.streamInfo
    if (this.#route.virtualHost.includeAttemptCountInResponse) {
      headers.set('x-envoy-attempt-count', String(info.attemptCount))
    }
    if (this.requestComplete && !suppressEnvoyHeaders) {
      headers.set('x-envoy-upstream-service-time', String(Math.floor(this.dispatcher.now - this.#requestCompleteAt)))
    }
    request.canary = request.host.canary || headers.get('x-envoy-upstream-canary') === 'true'
    this.#charges.response(headers.status, request.canary, request.host)
    if (headers.status < 500) request.host.stats.rqSuccess()
    info.responseCodeDetails = 'via_upstream'
    info.upstream = request.upstream
    this.#entry.finalizeResponseHeaders(headers, info)
    this.#responseStarted = true
    this.#attempts.cancelOthers(request)
    if (headers.status === 101) this.#stopTimer()
    if (end) this.#onResponseComplete(request)
    this.#callbacks.encodeHeaders(headers, end, 'via_upstream')
  }

  onUpstreamData(request: UpstreamRequest, data: ByteQueue, end: boolean): void {
    if (end) this.#onResponseComplete(request)
    this.#callbacks.encodeData(data, end)
  }

  onUpstreamTrailers(request: UpstreamRequest, trailers: Trailers): void {
    this.#onResponseComplete(request)
    this.#callbacks.encodeTrailers(trailers)
  }

  onUpstreamReset(request: UpstreamRequest, reason: ResetReason, transportFailure: string): void {
    this.#attempts.remove(request)
    const info = this.#callbacks.streamInfo
    const failure = transportFailure.replaceAll(' ', '_')
    // An attempt that a circuit breaker stopped is nobody's.
    const isOverflow = reason === 'overflow'
    if (request.upstream !== undefined) request.upstream.transportFailureReason ||= failure
    else if (!isOverflow) info.upstream = failedUpstream(request.host, failure)
    if (this.#retriesReset(request, reason, false)) return
    const status = failureStatus(reason)
    this.#chargeAbort(status, isOverflow ? undefined : request.host)
    if (this.#otherAttemptsRemain) return
    const overloaded = isOverflow && !this.#shared.suppressEnvoyHeaders
    const details = failureDetails(reason, this.#responseStarted, transportFailure)
    const body = failureBody(reason, info.attemptCount > 1)
    this.#abort({ status, body, details, flag: flagOf(reason), overloaded })
  }

  onAttemptTimeout(request: UpstreamRequest, kind: AttemptTimeout): void {
    if (kind === 'max-duration') this.#onMaxDuration(request)
    else if (this.timeouts.hedges) this.#hedge(request)
    else this.#onAttemptTooSlow(request, kind)
  }

  onUpstreamBackedUp(backedUp: boolean): void {
    if (backedUp) {
      this.#charges.count('upstream_flow_control_backed_up_total')
      this.#callbacks.onDecoderFilterAboveHighWatermark()
    } else {
      this.#charges.count('upstream_flow_control_drained_total')
      this.#callbacks.onDecoderFilterBelowLowWatermark()
    }
  }

  #onResponseComplete(request: UpstreamRequest): void {
    this.#attempts.remove(request)
    this.#cleanUp()
    if (!this.requestComplete) return
    this.#charges.responseTime(this.dispatcher.now - this.#requestCompleteAt, request.canary)
  }

  // ----------------------------------------------------------------------------------------------- timeouts

  #startTimer(): void {
    const { globalMs } = this.timeouts
    if (globalMs === 0 || this.#timer !== undefined || this.#attempts.latest === undefined) return
    this.#timer = this.dispatcher.local(RequestTimers).start(this, globalMs)
  }

  #stopTimer(): void {
    if (this.#timer === undefined) return
    this.dispatcher.local(RequestTimers).stop(this.#timer)
    this.#timer = undefined
  }

  /** The timeout of the whole request. */
  onRequestTimeout(): void {
    for (const attempt of this.#attempts.takeAll()) {
      this.#charges.countForAll('upstream_rq_timeout')
      attempt.host.stats.rqTimeout()
      if (!attempt.responseStarted) this.#chargeAbort(this.timeouts.status, attempt.host)
      attempt.cancel()
    }
    this.#abortTimeout('response_timeout')
  }

  #onAttemptTooSlow(request: UpstreamRequest, kind: keyof typeof ATTEMPT_TIMEOUTS): void {
    const { counter, details } = ATTEMPT_TIMEOUTS[kind]
    this.#charges.count(counter)
    request.host.stats.rqTimeout()
    this.#attempts.remove(request)
    request.cancel()
    if (this.#retriesReset(request, 'local-reset', true)) return
    this.#chargeAbort(this.timeouts.status, request.host)
    this.#abortTimeout(details)
  }

  #onMaxDuration(request: UpstreamRequest): void {
    this.#charges.count('upstream_rq_max_duration_reached')
    this.#attempts.remove(request)
    request.cancel()
    if (this.#retriesReset(request, 'local-reset', false)) return
    const details = MAX_DURATION_WORDS.replaceAll(' ', '_')
    this.#abort({ status: this.requestComplete ? 504 : 408, body: MAX_DURATION_WORDS, details, flag: 'UMSDR' })
  }

  #abortTimeout(details: string): void {
    const { status } = this.timeouts
    this.#abort({ status, body: status === 504 ? 'upstream request timeout' : '', details, flag: 'UT' })
  }

  // ---------------------------------------------------------------------------------------------------- end

  /** Ends the request: a reply when none has begun, otherwise the response is cut. */
  #abort(reply: RouterReply): void {
    this.#cleanUp()
    for (const attempt of this.#attempts.takeAll()) attempt.cancel()
    if (!this.#responseStarted) return this.#reply(reply)
    const info = this.#callbacks.streamInfo
    if (reply.flag !== undefined) info.setFlag(reply.flag)
    info.responseCodeDetails = reply.details
    this.#callbacks.resetStream('local-reset', reply.details)
  }

  #reply(reply: RouterReply): void {
    const { attemptCount } = this.#callbacks.streamInfo
    const tell = attemptCount > 0 && this.#route.virtualHost.includeAttemptCountInResponse
    sendRouterReply(this.#callbacks, tell ? { ...reply, attemptCount: true } : reply)
  }

  /** An attempt came to nothing. */
  #chargeAbort(status: number, host: Host | undefined): void {
    if (this.#responseStarted) {
      this.#shared.stats.rqResetAfterDownstreamResponseStarted.inc()
      return
    }
    this.#charges.response(status, false, host)
    if (status < 500) host?.stats.rqError()
  }

  #cleanUp(): void {
    this.#over = true
    this.#forgetRetries()
    this.#stopTimer()
  }

  // ------------------------------------------------------------------------------------------------ retries

  get #otherAttemptsRemain(): boolean {
    return this.#retryPending || this.#attempts.latest !== undefined
  }

  /** The response is tried again, or is a bad one while better ones may come. */
  #isNotTheResponse(request: UpstreamRequest, headers: ResponseHeaders): boolean {
    const state = this.#retryState
    if (state === undefined) return false
    let isBad: boolean
    if (request.hedged) isBad = state.wouldRetryResponse(headers)
    else {
      const decision = state.shouldRetryResponse(headers)
      if (this.#isGranted(decision, false)) {
        request.host.stats.rqError()
        this.#charges.retriedResponse(headers.status)
        return true
      }
      isBad = decision !== 'no'
    }
    if (!isBad) return false
    this.#attempts.remove(request)
    if (this.#otherAttemptsRemain) {
      request.host.stats.rqError()
      return true
    }
    this.#attempts.add(request)
    return false
  }

  #retriesReset(request: UpstreamRequest, reason: ResetReason, timeout: boolean): boolean {
    if (this.#responseStarted || this.#retryState === undefined || request.hedged) return false
    if (!this.#isGranted(this.#retryState.shouldRetryReset(reason, request.sent), timeout)) return false
    request.host.stats.rqError()
    return true
  }

  /** The attempt goes on, and another one is made beside it. */
  #hedge(request: UpstreamRequest): void {
    if (this.#responseStarted || this.#retryState === undefined) return
    if (this.#isGranted(this.#retryState.shouldHedge(), true)) request.hedged = true
  }

  #isGranted(decision: RetryDecision, timeout: boolean): boolean {
    if (decision === 'limit-exceeded') this.#callbacks.streamInfo.setFlag('URX')
    else if (decision === 'overflow') this.#callbacks.streamInfo.setFlag('UO')
    if (decision !== 'yes') return false
    this.#retryPending = true
    this.#timeoutRetry = timeout
    return true
  }

  #forgetRetries(): void {
    this.#retryState?.cancel()
    this.#retryState = undefined
    this.#retryPending = false
    this.#body = undefined
  }

  retry(): void {
    this.#retryPending = false
    const info = this.#callbacks.streamInfo
    info.attemptCount++
    info.upstream = undefined
    const host = this.#chooseHost()
    if (host === undefined) return
    this.#prepareRetryHeaders(info.attemptCount)
    const body = this.#body === undefined || this.#body.length === 0 ? undefined : this.#body
    const ended = this.requestComplete && this.#trailers === undefined
    this.#startAttempt(host, ended && body === undefined)
    // It may have failed at once, which may even have ended the request.
    if (body !== undefined) this.#attempts.latest?.sendData(copyOf(body), ended)
    if (this.#trailers !== undefined) this.#attempts.latest?.sendTrailers(this.#trailers)
  }

  #prepareRetryHeaders(attemptCount: number): void {
    const { includeAttemptCountInRequest, includeIsTimeoutRetryHeader } = this.#route.virtualHost
    const headers = this.#headers
    if (includeAttemptCountInRequest) headers.set('x-envoy-attempt-count', String(attemptCount))
    if (includeIsTimeoutRetryHeader) headers.set('x-envoy-is-timeout-retry', this.#timeoutRetry ? 'true' : 'false')
    if (this.#shared.suppressEnvoyHeaders) return
    const elapsedMs = this.requestComplete ? this.dispatcher.now - this.#requestCompleteAt : 0
    setExpectedTimeout(headers, this.timeouts, elapsedMs)
  }

  countRetry(counter: RetryCounter): void {
    this.#charges.countForAll(counter)
  }

  // ------------------------------------------------------------------------------------------- flow control

  /** The client reads too slowly. */
  onAboveHighWatermark(): void {
    if (this.#downstreamFull++ > 0) return
    this.#charges.count('upstream_flow_control_paused_reading_total')
    this.#attempts.readDisable(true)
  }

  onBelowLowWatermark(): void {
    if (--this.#downstreamFull > 0) return
    this.#charges.count('upstream_flow_control_resumed_reading_total')
    this.#attempts.readDisable(false)
  }

  // ------------------------------------------------------------------- what attempts, retries and balancers ask

  get dispatcher(): Dispatcher {
    return this.#callbacks.dispatcher
  }

  get random(): Random {
    return this.#shared.random
  }

  get runtime(): Runtime {
    return this.#shared.runtime
  }

  get clusterInfo(): ClusterInfo {
    return this.#cluster.info
  }

  get priority(): ResourcePriority {
    return this.#entry.priority
  }

  get bufferLimit(): number {
    return this.#callbacks.decoderBufferLimit
  }

  get downstreamConnection(): Connection | undefined {
    return this.#callbacks.connection
  }

  get requestHeaders(): RequestHeaders {
    return this.#headers
  }

  get streamInfo(): StreamInfo {
    return this.#callbacks.streamInfo
  }

  readonly hash = undefined
  readonly metadataMatch = undefined

  shouldSelectAnotherHost(host: Host): boolean {
    return this.#isRetry && this.#retryState?.shouldSelectAnotherHost(host) === true
  }

  get hostSelectionRetryCount(): number {
    return this.#isRetry ? (this.#retryState?.hostSelectionMaxAttempts ?? 1) : 1
  }

  get #isRetry(): boolean {
    return this.#callbacks.streamInfo.attemptCount > 1
  }
}

/** By reference: the attempt takes its queue apart. */
function copyOf(body: ByteQueue): ByteQueue {
  const copy = new Bytes()
  body.forEach((chunk) => copy.push(chunk))
  return copy
}
