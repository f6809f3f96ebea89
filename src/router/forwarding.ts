/**
 * A request on its way to a cluster: chooses hosts, makes attempts, retries or hedges them where the policy says so,
 * and hands the response back. In Envoy this is the second half of Router::Filter.
 */
import type { ByteQueue } from '../api/bytes.ts'
import type { ResetReason } from '../api/codec.ts'
import type { ResponseHeaders, Trailers } from '../api/headers.ts'
import type { AttemptSpan } from '../api/tracing.ts'
import type { Host } from '../api/upstream.ts'
import { nameSet } from '../codec/headers/field-names.ts'
import { isServerError } from '../http/server-error.ts'
import { setAttemptHeaders, setResponseHeaders } from './attempt-headers.ts'
import { attemptPool } from './attempt-pool.ts'
import { describeAttempt, forgetAttempt } from './describe-attempt.ts'
import { failedUpstream } from './failed-upstream.ts'
import { resetReply } from './failure-replies.ts'
import { ForwardedRequest } from './forwarded-request.ts'
import { chargeHead, chargeOutcome } from './grpc-outcome.ts'
import { sendsOn } from './internal-redirect/send-on.ts'
import { KeptRequest } from './kept-request.ts'
import { copiedHeaders } from './mirror/copied-headers.ts'
import type { Mirror } from './mirror/mirrors.ts'
import { startMirrors } from './mirror/mirrors.ts'
import { Retries } from './retries.ts'
import type { RetryCounter, RetryOwner } from './retry-state.ts'
import { createRetryState } from './retry-state.ts'
import { rewriteAuthority } from './route-entry.ts'
import { tellOfResponse } from './tell-of-response.ts'
import { UpstreamFilterStream } from './upstream-filters/upstream-filter-stream.ts'
import { FilteringPool } from './upstream-filters/filtering-pool.ts'
import { failureStatus } from './upstream-failure.ts'
import { createAttemptLog } from './upstream-log/create-attempt-log.ts'
import type { UpstreamRequestOwner } from './upstream-request.ts'
import { UpstreamRequest } from './upstream-request.ts'

const KEEP_ALIVE = nameSet(['keep-alive'])
const CANARY = nameSet(['x-envoy-upstream-canary'])

export class Forwarding extends ForwardedRequest implements UpstreamRequestOwner, RetryOwner {
  /** A body goes to the client, whose slowness matters from then on. */
  #observesClient = false
  /** Body of the request for further attempts and redirects; undefined when there is none, or no use for it. */
  #kept: KeptRequest | undefined = undefined
  /** Nothing of the request was too much to be kept. */
  #keptAll = true
  /** Copies that get what the downstream still sends. */
  #mirrors: Mirror | undefined = undefined

  // ------------------------------------------------------------------------------------------------ request

  /** Once, first of all. False: the host is still to be found, and the request goes on with `continueDecoding`. */
  start(end: boolean): boolean {
    this.callbacks.streamInfo.attemptCount = 1
    // Timeouts and the count of attempts come first: the route may take those headers away again.
    this.#setAttemptHeaders()
    // The host is chosen by what the route makes of the request, which is told of also where there is none.
    this.entry.finalizeRequestHeaders(this.headers, this.callbacks.streamInfo, !this.shared.suppressEnvoyHeaders)
    const pick = this.choose()
    if (pick.kind === 'later') {
      this.awaitHost(pick, (host) => {
        this.#begin(host, end)
        this.callbacks.continueDecoding()
      })
      return false
    }
    const host = this.hostOf(pick)
    if (host !== undefined) this.#begin(host, end)
    return true
  }

  #begin(host: Host, end: boolean): void {
    this.#prepareHeaders()
    const sentAgain = this.retries?.needBody(this.timeouts.hedges) === true
    if (sentAgain || this.entry.internalRedirectPolicy !== undefined) this.#kept = this.#startKeeping(end)
    const mirrorPolicies = this.cluster.info.httpPolicies?.mirrorPolicies ?? this.entry.mirrorPolicies
    // As they are now: attempts may rewrite the host.
    const copied = mirrorPolicies.length > 0 ? copiedHeaders(this.headers) : undefined
    this.#startAttempt(host, end)
    // There is no copy of what was refused at once.
    if (copied !== undefined && !this.over) {
      this.#mirrors = startMirrors(
        this.shared,
        mirrorPolicies,
        this.callbacks,
        copied,
        { timeoutMs: this.timeouts.globalMs, bufferBytes: this.#bodyLimit },
        end,
      )
    }
    if (end) this.#onRequestComplete()
    // The request of a WebSocket never completes before its answer, which must not take forever.
    else if (this.headers.get('upgrade')?.toLowerCase() === 'websocket') this.startTimer()
  }

  /** Of requests that come from no client Envoy keeps a body even where there is none: it shows when they are retried. */
  #startKeeping(end: boolean): KeptRequest | undefined {
    const isOwn = this.callbacks.connection === undefined
    return end && !isOwn ? undefined : new KeptRequest(isOwn)
  }

  sendData(data: ByteQueue, end: boolean): void {
    this.#mirrors?.sendData(data, end)
    const kept = this.#kept
    if (this.over || (kept !== undefined && !this.#keep(kept, data))) return
    this.attempts.latest?.sendData(data, end)
    if (end) this.#onRequestComplete()
  }

  /** Of a CONNECT that nobody has accepted yet: true when that was the end of it. */
  refusesEarlyData(): boolean {
    if (this.headers.method !== 'CONNECT' || this.responseStarted || this.over) return false
    this.cleanUp()
    this.reply({ status: 400, body: '', details: 'early_connect_data' })
    return true
  }

  sendTrailers(trailers: Trailers): void {
    this.#mirrors?.sendTrailers(trailers)
    if (this.over) return
    this.#kept?.keepTrailers(trailers)
    this.attempts.latest?.sendTrailers(trailers)
    this.#onRequestComplete()
  }

  /** Somebody answers the request; `destroy` follows. */
  onLocalReply(): void {
    this.attempts.endSpans()
  }

  /** The stream is gone, for whatever reason. */
  destroy(): void {
    this.cleanUp()
    this.awaited?.cancel()
    if (!this.requestComplete) this.#mirrors?.cancel()
    if (this.#observesClient) this.callbacks.removeDownstreamWatermarkCallbacks(this.attempts)
    for (const attempt of this.attempts.takeAll()) attempt.cancel()
  }

  #prepareHeaders(): void {
    const info = this.callbacks.streamInfo
    if (info.schemeMatchesUpstream === true) this.headers.scheme = this.cluster.info.features.tls ? 'https' : 'http'
    const state = createRetryState(
      this.headers,
      this.cluster.info.httpPolicies?.retryPolicy ?? this.entry.retryPolicy,
      this,
    )
    if (state !== undefined) this.retries = new Retries(state, this.attempts, this.charges, info)
  }

  #setAttemptHeaders(): void {
    const { suppressEnvoyHeaders } = this.shared
    const { virtualHost } = this.route
    const attempt = this.callbacks.streamInfo.attemptCount
    const afterTimeout = this.retries?.afterTimeout === true
    const { elapsedMs } = this.clock
    setAttemptHeaders(this.headers, virtualHost, this.timeouts, suppressEnvoyHeaders, attempt, afterTimeout, elapsedMs)
  }

  #startAttempt(host: Host, end: boolean): void {
    const entry = this.entry
    // Each time, also where it is the same already, as in Envoy.
    if (entry.autoHostRewrite && host.hostname !== '') {
      rewriteAuthority(this.headers, host.hostname, !this.shared.suppressEnvoyHeaders, entry.appendXForwardedHost)
    }
    this.retries?.state?.onHostAttempted(host)
    const { upstreamLogs } = this.shared
    const { tracking } = this.cluster.info
    const span = this.#startSpan()
    const log = createAttemptLog(upstreamLogs, tracking, this.callbacks, this.headers, this.timeouts.perTryMs, span)
    const { choice } = this.shared
    const info = this.callbacks.streamInfo
    const pool = attemptPool(this.cluster, host, entry, this.headers, info, choice)
    if (pool === undefined) return this.replyNoHost()
    const attempt = new UpstreamRequest(this, host, this.headers, log)
    this.attempts.add(attempt)
    const upstreamFilters = this.cluster.info.httpPolicies?.upstreamFilters ?? this.shared.upstreamFilters
    if (upstreamFilters === undefined) {
      attempt.start(pool, end)
      // Whoever gives it up before there is a connection knows at least the host.
      if (attempt.isPending) describeAttempt(info, failedUpstream(host, ''))
      return
    }
    const { callbacks, headers } = this
    // They may answer before there is a connection that could tell of itself.
    describeAttempt(info, failedUpstream(host, ''))
    const stream = new UpstreamFilterStream(callbacks, attempt, upstreamFilters)
    attempt.start(new FilteringPool(pool, stream, headers, end), end, stream)
  }

  /** undefined where attempts have none. */
  #startSpan(): AttemptSpan | undefined {
    const { trace, streamInfo: info } = this.callbacks
    if (trace === undefined || !(trace.spawnsUpstream || this.shared.startsChildSpan === true)) return undefined
    return trace.startAttempt(this.cluster.info.observabilityName, info.attemptCount)
  }

  #onRequestComplete(): void {
    if (this.over) return
    this.clock.onComplete()
    this.startTimer()
    this.attempts.latest?.onRequestComplete()
  }

  get #bodyLimit(): number {
    // Only the connection's knows none.
    return this.entry.bodyBufferLimitBytes ?? (this.bufferLimit || Infinity)
  }

  /** Keeps the body for later attempts; past the limit there will be none. False when that was the end of the request. */
  #keep(kept: KeptRequest, data: ByteQueue): boolean {
    if (kept.keep(data, this.#bodyLimit)) return true
    this.charges.count('retry_or_shadow_abandoned')
    this.#kept = undefined
    this.#keptAll = false
    this.retries?.forget()
    if (this.attempts.latest !== undefined) return true
    // Nothing is under way: the attempt failed, and what the next one needs cannot be kept.
    this.cleanUp()
    this.reply({
      status: 507,
      body: 'exceeded request buffer limit while retrying upstream',
      details: 'request_payload_exceeded_retry_buffer_limit',
    })
    return false
  }

  // ----------------------------------------------------------------------------------------------- response

  onUpstreamReady(request: UpstreamRequest): void {
    request.host.monitor?.localOrigin('connected')
    if (request.upstream !== undefined) describeAttempt(this.callbacks.streamInfo, request.upstream)
    this.charges.upstreamRequest()
    const { trace } = this.callbacks
    if (trace?.propagates === true) request.inject(trace)
    if (this.attempts.isFull) request.readDisable(true)
  }

  onUnsendable(request: UpstreamRequest, message: string): void {
    this.attempts.remove(request)
    this.cleanUp()
    const details = `filter_removed_required_request_headers{${message.replaceAll(' ', '_')}}`
    this.reply({ status: 503, body: message, details, flag: 'DPE' })
  }

  onUpstream1xx(request: UpstreamRequest, headers: ResponseHeaders): void {
    // As Envoy: one is passed on.
    if (this.responseStarted) return
    this.charges.response(headers.status, false, request.host)
    this.responseStarted = true
    this.attempts.cancelOthers(request)
    // What a client was told to go on with cannot be taken back for another attempt.
    this.retries?.forget()
    this.callbacks.encode1xx(headers)
  }

  onUpstreamHeaders(request: UpstreamRequest, headers: ResponseHeaders, end: boolean): void {
    if (request.failsHandshake(headers.status)) return this.passOnRefusal(headers)
    const { monitor, loadReports } = request.host
    if (monitor !== undefined) tellOfResponse(monitor, this.headers, headers, this.cluster.info.httpPolicies?.isError)
    if (loadReports !== undefined) request.loadReported = loadReports.take(headers)
    if (this.retries?.takesResponse(request, headers) === true) {
      if (!end) request.cancel()
      return
    }
    if (this.#redirects(headers)) return
    this.retries?.forget()
    this.#kept = undefined
    // Of the upstream's connection; routes and filters may add one for the client.
    if (headers.mayHave(KEEP_ALIVE)) headers.remove('keep-alive')
    const info = this.callbacks.streamInfo
    const serviceMs = this.requestComplete && !this.shared.suppressEnvoyHeaders ? this.clock.elapsedMs : undefined
    setResponseHeaders(headers, this.route.virtualHost, info.attemptCount, serviceMs)
    const saysCanary = headers.mayHave(CANARY) && headers.get('x-envoy-upstream-canary') === 'true'
    request.canary = saysCanary || request.host.canary
    if (!request.ignoresUpgrade(headers.status)) {
      this.charges.response(headers.status, saysCanary, request.host)
    }
    if (!isServerError(headers.status)) request.awaitsGrpcStatus = chargeHead(request.host, this.headers, headers, end)
    if (this.cookies !== undefined) for (const cookie of this.cookies) headers.add('set-cookie', cookie)
    info.responseCodeDetails = 'via_upstream'
    info.upstream = request.upstream
    info.responseCode = headers.status // formats of the headers below may ask for it
    this.entry.finalizeResponseHeaders(headers, info)
    this.responseStarted = true
    this.headersSent = true
    this.attempts.cancelOthers(request)
    if (headers.status === 101) this.clock.stopTimeout()
    if (end) this.#onResponseComplete(request)
    this.callbacks.encodeHeaders(headers, end, 'via_upstream')
  }

  /** True when the request goes on as another one, and this one is over. */
  #redirects(response: ResponseHeaders): boolean {
    const policy = this.entry.internalRedirectPolicy
    if (policy === undefined) return false
    const whole = this.requestComplete && this.#keptAll
    const { stats } = this.shared
    const [callbacks, route, headers, charges] = [this.callbacks, this.route, this.headers, this.charges]
    return sendsOn(policy, callbacks, route, headers, response, whole, this.#kept, stats, charges)
  }

  onUpstreamData(request: UpstreamRequest, data: ByteQueue, end: boolean): void {
    if (end) {
      if (request.awaitsGrpcStatus) chargeOutcome(request.host, undefined)
      this.#onResponseComplete(request)
    } else if (!this.#observesClient) this.#observeClient()
    this.callbacks.encodeData(data, end)
  }

  /** Only for a body in several pieces: what comes in one is read already. */
  #observeClient(): void {
    this.#observesClient = true
    this.callbacks.addDownstreamWatermarkCallbacks(this.attempts)
  }

  onUpstreamTrailers(request: UpstreamRequest, trailers: Trailers): void {
    if (request.awaitsGrpcStatus) chargeOutcome(request.host, trailers)
    if (!request.loadReported) request.host.loadReports?.take(trailers)
    this.#onResponseComplete(request)
    this.callbacks.encodeTrailers(trailers)
  }

  onUpstreamReset(request: UpstreamRequest, reason: ResetReason, transportFailure: string): void {
    this.attempts.remove(request)
    // A circuit breaker says nothing of the host.
    if (reason !== 'overflow') request.host.monitor?.localOrigin('failed')
    const info = this.callbacks.streamInfo
    if (request.upstream !== undefined) request.upstream.transportFailureReason ||= transportFailure
    else if (request.failed !== undefined) describeAttempt(info, request.failed)
    if (this.retriesReset(request, reason, false)) return
    // An attempt that a circuit breaker stopped is nobody's.
    const isOverflow = reason === 'overflow'
    this.chargeAbort(failureStatus(reason), isOverflow ? undefined : request.host, request.awaitsGrpcStatus)
    if (this.retries?.isPending === true || this.attempts.latest !== undefined) return
    const overloaded = isOverflow && !this.shared.suppressEnvoyHeaders
    this.abort(resetReply(reason, this.responseStarted, info.attemptCount > 1, transportFailure, overloaded))
  }

  onUpstreamBackedUp(backedUp: boolean): void {
    if (backedUp) {
      this.charges.count('upstream_flow_control_backed_up_total')
      this.callbacks.onDecoderFilterAboveHighWatermark()
    } else {
      this.charges.count('upstream_flow_control_drained_total')
      this.callbacks.onDecoderFilterBelowLowWatermark()
    }
  }

  #onResponseComplete(request: UpstreamRequest): void {
    request.endSpan()
    this.attempts.remove(request)
    this.cleanUp()
    this.chargeTime(request)
  }

  // ------------------------------------------------------------------------------------------------ retries

  retry(): void {
    this.retries?.begin()
    const info = this.callbacks.streamInfo
    info.attemptCount++
    if (this.hasNoCluster) return this.replyNoHost()
    forgetAttempt(info)
    const pick = this.choose()
    if (pick.kind === 'later') return this.awaitHost(pick, (host) => this.#retryAt(host))
    const host = this.hostOf(pick)
    if (host !== undefined) this.#retryAt(host)
  }

  #retryAt(host: Host): void {
    this.#setAttemptHeaders()
    const kept = this.#kept
    const nothingKept = kept === undefined || kept.isEmpty
    this.#startAttempt(host, this.requestComplete && nothingKept)
    // It may have failed at once, which may even have ended the request.
    const attempt = this.attempts.latest
    if (attempt !== undefined) kept?.sendTo(attempt, this.requestComplete)
  }

  countRetry(counter: RetryCounter): void {
    this.charges.countForAll(counter)
  }
}
