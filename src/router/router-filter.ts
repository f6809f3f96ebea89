/**
 * The terminal HTTP filter: picks route, cluster and host, forwards the request, retries it where the policy says
 * so, and hands the response back (Envoy docs: configuration/http/http_filters/router_filter).
 */
import type { ByteQueue, WatermarkObserver } from '../api/bytes.ts'
import type { ResetReason } from '../api/codec.ts'
import type { Dispatcher, Random } from '../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../api/headers.ts'
import type { DataStatus, DecoderCallbacks, DecoderFilter, HeadersStatus, TrailersStatus } from '../api/http.ts'
import type { Connection } from '../api/network.ts'
import type { DirectResponse, Route, RouteEntry } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { ResponseFlag, StreamInfo } from '../api/stream-info.ts'
import type {
  ClusterInfo,
  ClusterRequestCounter,
  ClusterView,
  Host,
  LoadBalancerContext,
  ResourcePriority,
  ThreadCluster,
} from '../api/upstream.ts'
import { ByteQueue as Bytes } from '../base/byte-queue.ts'
import { failedUpstream } from './failed-upstream.ts'
import { RequestCharges } from './request-charges.ts'
import type { RequestTimer, RequestTimerOwner } from './request-timers.ts'
import { RequestTimers } from './request-timers.ts'
import type { RetryCounter, RetryDecision, RetryOwner, RetryState } from './retry-state.ts'
import { createRetryState } from './retry-state.ts'
import { rewriteAuthority } from './route-entry.ts'
import type { RouterStats } from './router-stats.ts'
import type { RequestTimeouts } from './timeouts.ts'
import { NO_TIMEOUTS, setExpectedTimeout, takeTimeouts } from './timeouts.ts'
import { failureBody, failureDetails, failureStatus, flagOf } from './upstream-failure.ts'
import type { AttemptTimeout, UpstreamRequestOwner } from './upstream-request.ts'
import { UpstreamRequest } from './upstream-request.ts'

/** Shared by all requests of one connection manager on a thread. */
export interface RouterShared {
  readonly clusters: ClusterView
  readonly runtime: Runtime
  readonly random: Random
  readonly stats: RouterStats
  /** Leaves out the x-envoy-* headers that the router would add. */
  readonly suppressEnvoyHeaders: boolean
  /** Counts responses by status. */
  readonly dynamicStats: boolean
  /** Takes the timeout from x-envoy-expected-rq-timeout-ms, which a proxy in front has set. */
  readonly respectExpectedTimeout: boolean
}

type Roles = DecoderFilter &
  UpstreamRequestOwner &
  RetryOwner &
  LoadBalancerContext &
  WatermarkObserver &
  RequestTimerOwner

const ATTEMPT_TIMEOUTS = {
  'per-try': { counter: 'upstream_rq_per_try_timeout', details: 'upstream_per_try_timeout' },
  'per-try-idle': { counter: 'upstream_rq_per_try_idle_timeout', details: 'upstream_per_try_idle_timeout' },
} as const satisfies Record<string, { counter: ClusterRequestCounter; details: string }>

export class RouterFilter implements Roles {
  readonly #shared: RouterShared
  #callbacks!: DecoderCallbacks
  #headers!: RequestHeaders
  #route: Route | undefined = undefined
  #entry: RouteEntry | undefined = undefined
  #cluster: ThreadCluster | undefined = undefined
  #charges: RequestCharges | undefined = undefined
  timeouts: RequestTimeouts = NO_TIMEOUTS
  #timer: RequestTimer | undefined = undefined
  #retryState: RetryState | undefined = undefined
  #attempt: UpstreamRequest | undefined = undefined
  /** The body by reference for further attempts; undefined when none is possible (any more). */
  #body: ByteQueue | undefined = undefined
  #trailers: Trailers | undefined = undefined
  requestComplete = false
  #requestCompleteAt = 0
  /** An attempt was made, so that replies of ours say how many. */
  #attempted = false
  #timeoutRetry = false
  #responseStarted = false
  #downstreamFull = 0
  #destroyed = false

  constructor(shared: RouterShared) {
    this.#shared = shared
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#callbacks = callbacks
  }

  // ------------------------------------------------------------------------------------------------ request

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    const { stats } = this.#shared
    this.#headers = headers
    stats.rqTotal.inc()
    const route = this.#callbacks.route
    if (route === undefined) {
      stats.noRoute.inc()
      this.#localReply(404, '', 'route_not_found', 'NR')
      return 'stop-iteration'
    }
    this.#route = route
    const info = this.#callbacks.streamInfo
    info.route = route
    info.routeName = route.name
    info.virtualHostName = route.virtualHost.name
    if (route.directResponse !== undefined) this.#reply(route.directResponse)
    else if (route.entry !== undefined) this.#forward(headers, end, route.entry, info)
    return 'stop-iteration'
  }

  decodeData(data: ByteQueue, end: boolean): DataStatus {
    if (this.#body !== undefined && !this.#keep(this.#body, data)) return 'stop-no-buffer'
    const attempt = this.#attempt
    if (attempt !== undefined) attempt.sendData(data, end)
    if (end) this.#onRequestComplete()
    return 'stop-no-buffer'
  }

  decodeTrailers(trailers: Trailers): TrailersStatus {
    this.#trailers = trailers
    this.#attempt?.sendTrailers(trailers)
    this.#onRequestComplete()
    return 'stop'
  }

  onDestroy(): void {
    this.#destroyed = true
    this.#cleanUp()
    this.#callbacks.removeDownstreamWatermarkCallbacks(this)
    this.#attempt?.cancel()
    this.#attempt = undefined
  }

  #reply(reply: DirectResponse): void {
    this.#shared.stats.rqDirectResponse.inc()
    const uri = reply.newUri(this.#headers)
    this.#callbacks.sendLocalReply({
      status: reply.status,
      body: reply.body,
      details: 'direct_response',
      modifyHeaders: (response) => {
        if (uri !== undefined) response.set('location', uri)
        reply.finalizeResponseHeaders(response, this.#callbacks.streamInfo)
      },
    })
  }

  #forward(headers: RequestHeaders, end: boolean, entry: RouteEntry, info: StreamInfo): void {
    const cluster = this.#shared.clusters.get(entry.clusterName)
    if (cluster === undefined) {
      this.#shared.stats.noCluster.inc()
      this.#localReply(entry.clusterNotFoundStatus, '', 'cluster_not_found', 'NC')
      return
    }
    this.#entry = entry
    this.#cluster = cluster
    info.upstreamClusterName = cluster.info.observabilityName
    info.upstreamClusterRawName = cluster.info.name
    const virtualCluster = this.#route!.virtualHost.virtualCluster(headers)
    if (virtualCluster !== undefined) info.virtualClusterName = virtualCluster.name
    const { dynamicStats } = this.#shared
    const stats = virtualCluster?.stats
    this.#charges = new RequestCharges(cluster.info.stats, stats, entry.stats, headers, info, dynamicStats)
    headers.remove('x-envoy-upstream-alt-stat-name')
    if (this.#isInMaintenance(cluster)) return
    const host = this.#chooseHost(cluster)
    if (host === undefined) return
    this.#prepare(headers, entry, info)
    if (!end && this.#retryState !== undefined) this.#body = new Bytes()
    this.#callbacks.addDownstreamWatermarkCallbacks(this)
    this.#startAttempt(host, end)
    if (end) this.#onRequestComplete()
    // The request of a WebSocket never completes before its answer, which must not take forever.
    else if (headers.get('upgrade')?.toLowerCase() === 'websocket') this.#startTimer()
  }

  #isInMaintenance(cluster: ThreadCluster): boolean {
    const key = cluster.info.maintenanceModeRuntimeKey
    if (!this.#shared.runtime.current.featureEnabled(key, 0, this.#callbacks.streamRandom)) return false
    this.#charges!.response(503, false, undefined)
    this.#count('upstream_rq_maintenance_mode')
    this.#localReply(503, 'maintenance mode', 'maintenance_mode', 'UO', true)
    return true
  }

  /** Timeouts and the count of attempts come first: the route may take those headers away again. */
  #prepare(headers: RequestHeaders, entry: RouteEntry, info: StreamInfo): void {
    const { suppressEnvoyHeaders, respectExpectedTimeout } = this.#shared
    const { virtualHost } = this.#route!
    this.timeouts = takeTimeouts(headers, entry, respectExpectedTimeout)
    if (!suppressEnvoyHeaders) setExpectedTimeout(headers, this.timeouts, 0)
    if (virtualHost.includeAttemptCountInRequest) headers.set('x-envoy-attempt-count', '1')
    info.attemptCount = 1
    this.#attempted = true
    entry.finalizeRequestHeaders(headers, info, !suppressEnvoyHeaders)
    this.#retryState = createRetryState(headers, entry.retryPolicy, this)
  }

  #chooseHost(cluster: ThreadCluster): Host | undefined {
    const pick = cluster.chooseHost(this)
    if (pick.kind === 'host') return pick.host
    this.#charges!.response(503, false, undefined)
    const flag = pick.kind === 'none' ? pick.flag : 'UH'
    const details = pick.kind === 'none' ? pick.detail : 'no_healthy_upstream'
    this.#localReply(503, 'no healthy upstream', details, flag)
    return undefined
  }

  #startAttempt(host: Host, end: boolean): void {
    const entry = this.#entry!
    if (entry.autoHostRewrite && host.hostname !== '' && this.#headers.authority !== host.hostname) {
      rewriteAuthority(this.#headers, host.hostname, entry.appendXForwardedHost)
    }
    this.#retryState?.onHostAttempted(host)
    const attempt = new UpstreamRequest(this, host, this.#headers)
    this.#attempt = attempt
    attempt.start(this.#cluster!.httpPool(host, entry.priority, this), end)
  }

  #onRequestComplete(): void {
    this.requestComplete = true
    this.#requestCompleteAt = this.dispatcher.now
    // The response may already be there, or the attempt may have failed while it was started.
    if (this.#attempt === undefined || this.#destroyed) return
    this.#startTimer()
    this.#attempt.onRequestComplete()
  }

  #startTimer(): void {
    const { globalMs } = this.timeouts
    if (globalMs === 0 || this.#timer !== undefined || this.#attempt === undefined) return
    this.#timer = this.dispatcher.local(RequestTimers).start(this, globalMs)
  }

  #stopTimer(): void {
    if (this.#timer === undefined) return
    this.dispatcher.local(RequestTimers).stop(this.#timer)
    this.#timer = undefined
  }

  /** Keeps the body for later attempts; past the limit there will be none. False when that was the end of the request. */
  #keep(body: ByteQueue, data: ByteQueue): boolean {
    const limit = this.#entry!.bodyBufferLimitBytes ?? this.bufferLimit
    if (limit === 0 || body.length + data.length <= limit) {
      data.forEach((chunk) => body.push(chunk))
      return true
    }
    this.#count('retry_or_shadow_abandoned')
    this.#forgetRetries()
    if (this.#attempt !== undefined) return true
    // Nothing is under way: the attempt failed, and what the next one needs cannot be kept.
    const message = 'exceeded request buffer limit while retrying upstream'
    this.#localReply(507, message, 'request_payload_exceeded_retry_buffer_limit')
    return false
  }

  // ----------------------------------------------------------------------------------------------- response

  onUpstreamReady(request: UpstreamRequest): void {
    this.#callbacks.streamInfo.upstream = request.upstream
    this.#charges!.upstreamRequest()
    if (this.#downstreamFull > 0) request.readDisable(true)
  }

  onUnsendable(_request: UpstreamRequest, message: string): void {
    this.#attempt = undefined
    this.#cleanUp()
    const details = `filter_removed_required_request_headers{${message.replaceAll(' ', '_')}}`
    this.#localReply(503, message, details, 'DPE')
  }

  onUpstream1xx(request: UpstreamRequest, headers: ResponseHeaders): void {
    this.#charges!.response(headers.status, false, request.host)
    // What a client was told to go on with cannot be taken back for another attempt.
    this.#forgetRetries()
    this.#callbacks.encode1xx(headers)
  }

  onUpstreamHeaders(request: UpstreamRequest, headers: ResponseHeaders, end: boolean): void {
    if (this.#retryState !== undefined && this.#retriesResponse(this.#retryState, request, headers, end)) return
    this.#forgetRetries()
    this.#addAttemptCount(headers)
    if (this.requestComplete && !this.#shared.suppressEnvoyHeaders) {
      headers.set('x-envoy-upstream-service-time', String(Math.floor(this.dispatcher.now - this.#requestCompleteAt)))
    }
    request.canary = request.host.canary || headers.get('x-envoy-upstream-canary') === 'true'
    this.#charges!.response(headers.status, request.canary, request.host)
    if (headers.status < 500) request.host.stats.rqSuccess()
    this.#callbacks.streamInfo.responseCodeDetails = 'via_upstream'
    this.#entry!.finalizeResponseHeaders(headers, this.#callbacks.streamInfo)
    this.#responseStarted = true
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
    this.#attempt = undefined
    const info = this.#callbacks.streamInfo
    if (request.upstream === undefined && reason !== 'overflow') {
      info.upstream = failedUpstream(request.host, transportFailure.replaceAll(' ', '_'))
    } else if (request.upstream !== undefined && transportFailure !== '') {
      request.upstream.transportFailureReason = transportFailure.replaceAll(' ', '_')
    }
    if (this.#retriesReset(request, reason, false)) return
    const status = failureStatus(reason)
    // An attempt that a circuit breaker stopped is nobody's.
    this.#chargeAbort(status, reason === 'overflow' ? undefined : request)
    const details = failureDetails(reason, this.#responseStarted, transportFailure)
    this.#abort(status, failureBody(reason, info.attemptCount > 1), details, flagOf(reason), reason === 'overflow')
  }

  onAttemptTimeout(request: UpstreamRequest, kind: AttemptTimeout): void {
    if (kind === 'max-duration') {
      this.#onMaxDuration(request)
      return
    }
    const { counter, details } = ATTEMPT_TIMEOUTS[kind]
    this.#count(counter)
    request.host.stats.rqTimeout()
    request.cancel()
    this.#attempt = undefined
    if (this.#retriesReset(request, 'local-reset', true)) return
    this.#chargeAbort(this.timeouts.status, request)
    this.#abortTimeout(details)
  }

  #onMaxDuration(request: UpstreamRequest): void {
    this.#count('upstream_rq_max_duration_reached')
    request.cancel()
    this.#attempt = undefined
    if (this.#retriesReset(request, 'local-reset', false)) return
    const status = this.requestComplete ? 504 : 408
    const words = 'upstream max stream duration reached'
    this.#abort(status, words, words.replaceAll(' ', '_'), 'UMSDR')
  }

  /** The timeout of the whole request. */
  onRequestTimeout(): void {
    const attempt = this.#attempt
    this.#attempt = undefined
    if (attempt !== undefined) {
      this.#charges!.count('upstream_rq_timeout')
      attempt.host.stats.rqTimeout()
      if (!attempt.responseStarted) this.#chargeAbort(this.timeouts.status, attempt)
      attempt.cancel()
    }
    this.#abortTimeout('response_timeout')
  }

  onUpstreamBackedUp(backedUp: boolean): void {
    if (backedUp) {
      this.#count('upstream_flow_control_backed_up_total')
      this.#callbacks.onDecoderFilterAboveHighWatermark()
    } else {
      this.#count('upstream_flow_control_drained_total')
      this.#callbacks.onDecoderFilterBelowLowWatermark()
    }
  }

  #onResponseComplete(request: UpstreamRequest): void {
    this.#attempt = undefined
    this.#cleanUp()
    if (this.requestComplete) {
      this.#charges!.responseTime(this.dispatcher.now - this.#requestCompleteAt, request.canary)
    }
  }

  /** Ends the request: a reply when none has begun, otherwise the response is cut. */
  #abort(status: number, body: string, details: string, flag: ResponseFlag, overloaded = false): void {
    this.#cleanUp()
    const info = this.#callbacks.streamInfo
    if (!this.#responseStarted) return this.#localReply(status, body, details, flag, overloaded)
    info.setFlag(flag)
    info.responseCodeDetails = details
    this.#callbacks.resetStream('local-reset', details)
  }

  #abortTimeout(details: string): void {
    const { status } = this.timeouts
    this.#abort(status, status === 504 ? 'upstream request timeout' : '', details, 'UT')
  }

  #localReply(status: number, body: string, details: string, flag?: ResponseFlag, overloaded = false): void {
    this.#callbacks.sendLocalReply({
      status,
      body,
      details,
      ...(flag === undefined ? {} : { flag }),
      modifyHeaders: (response) => {
        if (overloaded && !this.#shared.suppressEnvoyHeaders) response.set('x-envoy-overloaded', 'true')
        this.#addAttemptCount(response)
      },
    })
  }

  #addAttemptCount(response: ResponseHeaders): void {
    if (!this.#attempted || this.#route?.virtualHost.includeAttemptCountInResponse !== true) return
    response.set('x-envoy-attempt-count', String(this.#callbacks.streamInfo.attemptCount))
  }

  #cleanUp(): void {
    this.#forgetRetries()
    this.#stopTimer()
  }

  // ------------------------------------------------------------------------------------------------ retries

  #retriesResponse(state: RetryState, request: UpstreamRequest, headers: ResponseHeaders, end: boolean): boolean {
    if (!this.#isGranted(state.shouldRetryResponse(headers))) return false
    request.host.stats.rqError()
    this.#charges!.retriedResponse(headers.status)
    if (!end) request.cancel()
    this.#attempt = undefined
    this.#timeoutRetry = false
    return true
  }

  #retriesReset(request: UpstreamRequest, reason: ResetReason, timeout: boolean): boolean {
    if (this.#responseStarted || this.#retryState === undefined) return false
    if (!this.#isGranted(this.#retryState.shouldRetryReset(reason, request.sent))) return false
    request.host.stats.rqError()
    this.#timeoutRetry = timeout
    return true
  }

  #isGranted(decision: RetryDecision): boolean {
    if (decision === 'limit-exceeded') this.#callbacks.streamInfo.setFlag('URX')
    else if (decision === 'overflow') this.#callbacks.streamInfo.setFlag('UO')
    return decision === 'yes'
  }

  #forgetRetries(): void {
    this.#retryState?.cancel()
    this.#retryState = undefined
    this.#body = undefined
  }

  retry(): void {
    const info = this.#callbacks.streamInfo
    info.attemptCount++
    info.upstream = undefined
    const host = this.#chooseHost(this.#cluster!)
    if (host === undefined) return this.#cleanUp()
    const { virtualHost } = this.#route!
    const headers = this.#headers
    if (virtualHost.includeAttemptCountInRequest) headers.set('x-envoy-attempt-count', String(info.attemptCount))
    if (virtualHost.includeIsTimeoutRetryHeader) {
      headers.set('x-envoy-is-timeout-retry', this.#timeoutRetry ? 'true' : 'false')
    }
    if (!this.#shared.suppressEnvoyHeaders) {
      const elapsedMs = this.requestComplete ? this.dispatcher.now - this.#requestCompleteAt : 0
      setExpectedTimeout(headers, this.timeouts, elapsedMs)
    }
    const body = this.#body === undefined || this.#body.length === 0 ? undefined : this.#body
    const ended = this.requestComplete && this.#trailers === undefined
    this.#startAttempt(host, ended && body === undefined)
    // It may have failed at once, which may even have ended the request.
    if (body !== undefined) this.#attempt?.sendData(copyOf(body), ended)
    if (this.#trailers !== undefined) this.#attempt?.sendTrailers(this.#trailers)
  }

  countRetry(counter: RetryCounter): void {
    this.#charges!.count(counter)
  }

  // -------------------------------------------------------------------------------------------------- stats

  #count(counter: ClusterRequestCounter): void {
    this.#cluster!.info.stats.counter(counter).inc()
  }

  /** An attempt came to nothing, and there will be no other. */
  #chargeAbort(status: number, request: UpstreamRequest | undefined): void {
    if (this.#responseStarted) {
      this.#shared.stats.rqResetAfterDownstreamResponseStarted.inc()
      return
    }
    this.#charges!.response(status, false, request?.host)
    if (status < 500) request?.host.stats.rqError()
  }

  // ------------------------------------------------------------------------------------------- flow control

  onAboveHighWatermark(): void {
    if (this.#downstreamFull++ > 0) return
    if (this.#cluster !== undefined) this.#count('upstream_flow_control_paused_reading_total')
    this.#attempt?.readDisable(true)
  }

  onBelowLowWatermark(): void {
    if (--this.#downstreamFull > 0) return
    if (this.#cluster !== undefined) this.#count('upstream_flow_control_resumed_reading_total')
    this.#attempt?.readDisable(false)
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
    return this.#cluster!.info
  }

  get priority(): ResourcePriority {
    return this.#entry!.priority
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
