/**
 * The terminal HTTP filter: picks route, cluster and host, forwards the request, retries it where the policy says
 * so, and hands the response back (Envoy docs: configuration/http/http_filters/router_filter).
 */
import type { ByteQueue, WatermarkObserver } from '../api/bytes.ts'
import type { ResetReason } from '../api/codec.ts'
import type { Dispatcher, Random, Timer } from '../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../api/headers.ts'
import type { DataStatus, DecoderCallbacks, DecoderFilter, HeadersStatus, TrailersStatus } from '../api/http.ts'
import type { Connection } from '../api/network.ts'
import type { DirectResponse, Route, RouteEntry } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { ClusterView, Host, LoadBalancerContext, ThreadCluster } from '../api/upstream.ts'
import { ByteQueue as Bytes } from '../base/byte-queue.ts'
import { rewriteAuthority } from './route-entry.ts'
import type { RouterStats } from './router-stats.ts'
import type { RetryDecision, RetryState } from './retry-state.ts'
import { createRetryState } from './retry-state.ts'
import type { RequestTimeouts } from './timeouts.ts'
import { setExpectedTimeout, takeTimeouts } from './timeouts.ts'
import { failureBody, failureDetails, failureStatus, flagOf } from './upstream-failure.ts'
import type { UpstreamRequestOwner } from './upstream-request.ts'
import { UpstreamRequest } from './upstream-request.ts'

/** Shared by all requests of one connection manager on a thread. */
export interface RouterShared {
  readonly clusters: ClusterView
  readonly runtime: Runtime
  readonly random: Random
  readonly stats: RouterStats
  /** Leaves out the x-envoy-* headers that the router would add. */
  readonly suppressEnvoyHeaders: boolean
}

const NO_TIMEOUTS: RequestTimeouts = { globalMs: 0, perTryMs: 0 }

export class RouterFilter implements DecoderFilter, UpstreamRequestOwner, LoadBalancerContext, WatermarkObserver {
  readonly #shared: RouterShared
  #callbacks!: DecoderCallbacks
  #headers!: RequestHeaders
  #route: Route | undefined = undefined
  #entry: RouteEntry | undefined = undefined
  #cluster: ThreadCluster | undefined = undefined
  #timeouts: RequestTimeouts = NO_TIMEOUTS
  #timer: Timer | undefined = undefined
  #retry: RetryState | undefined = undefined
  #attempt: UpstreamRequest | undefined = undefined
  /** Copy of the body for further attempts; undefined when no retry is possible (any more). */
  #body: ByteQueue | undefined = undefined
  #trailers: Trailers | undefined = undefined
  #requestComplete = false
  #requestCompleteAt = 0
  #startedAt = 0
  #responseStarted = false
  #retried = false
  #backedUp = 0
  #destroyed = false

  constructor(shared: RouterShared) {
    this.#shared = shared
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#callbacks = callbacks
  }

  get dispatcher(): Dispatcher {
    return this.#callbacks.dispatcher
  }

  // ------------------------------------------------------------------------------------------------ request

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    const { stats } = this.#shared
    this.#headers = headers
    this.#startedAt = this.dispatcher.now
    stats.rqTotal.inc()
    const route = this.#callbacks.route
    if (route === undefined) {
      stats.noRoute.inc()
      this.#callbacks.sendLocalReply({ status: 404, body: '', details: 'route_not_found', flag: 'NR' })
      return 'stop-iteration'
    }
    this.#route = route
    const info = this.#callbacks.streamInfo
    info.route = route
    info.routeName = route.name
    info.virtualHostName = route.virtualHost.name
    if (route.directResponse !== undefined) return this.#reply(route.directResponse)
    this.#entry = route.entry
    return this.#forward(headers, end, route.entry!, info)
  }

  decodeData(data: ByteQueue, end: boolean): DataStatus {
    const attempt = this.#attempt
    const body = this.#body
    if (body !== undefined) this.#keep(body, data)
    if (end) this.#onRequestComplete()
    if (attempt !== undefined) attempt.sendData(data, end)
    return 'stop-no-buffer'
  }

  decodeTrailers(trailers: Trailers): TrailersStatus {
    this.#trailers = trailers
    this.#onRequestComplete()
    this.#attempt?.sendTrailers(trailers)
    return 'stop'
  }

  onDestroy(): void {
    this.#destroyed = true
    this.#timer?.disable()
    this.#retry?.cancel()
    this.#callbacks.removeDownstreamWatermarkCallbacks(this)
    this.#attempt?.cancel()
    this.#attempt = undefined
  }

  #reply(reply: DirectResponse): HeadersStatus {
    const uri = reply.newUri(this.#headers)
    const { stats } = this.#shared
    if (uri === undefined) stats.rqDirectResponse.inc()
    else stats.rqRedirect.inc()
    this.#callbacks.sendLocalReply({
      status: reply.status,
      body: reply.body,
      details: 'direct_response',
      modifyHeaders: (response) => {
        if (uri !== undefined) response.set('location', uri)
        reply.finalizeResponseHeaders(response, this.#callbacks.streamInfo)
      },
    })
    return 'stop-iteration'
  }

  #forward(headers: RequestHeaders, end: boolean, entry: RouteEntry, info: StreamInfo): HeadersStatus {
    const cluster = this.#shared.clusters.get(entry.clusterName)
    if (cluster === undefined) {
      this.#shared.stats.noCluster.inc()
      this.#callbacks.sendLocalReply({
        status: entry.clusterNotFoundStatus,
        body: '',
        details: 'cluster_not_found',
        flag: 'NC',
      })
      return 'stop-iteration'
    }
    this.#cluster = cluster
    info.upstreamClusterName = cluster.info.observabilityName
    info.upstreamClusterRawName = cluster.info.name
    info.virtualClusterName = entry.virtualClusterName
    if (this.#isInMaintenance(cluster)) return 'stop-iteration'
    this.#prepare(headers, entry, cluster, info)
    const host = this.#chooseHost(cluster)
    if (host === undefined) return 'stop-iteration'
    if (!end && this.#retry !== undefined) this.#body = new Bytes()
    this.#callbacks.addDownstreamWatermarkCallbacks(this)
    this.#startAttempt(host, end)
    if (end) this.#onRequestComplete()
    return 'stop-iteration'
  }

  #isInMaintenance(cluster: ThreadCluster): boolean {
    const key = cluster.info.maintenanceModeRuntimeKey
    if (!this.#shared.runtime.current.featureEnabled(key, 0, this.#callbacks.streamRandom)) return false
    cluster.info.stats.counter('upstream_rq_maintenance_mode').inc()
    this.#callbacks.sendLocalReply({
      status: 503,
      body: 'maintenance mode',
      details: 'maintenance_mode',
      flag: 'UO',
      modifyHeaders: (response) => this.#addOverloaded(response),
    })
    this.#chargeResponse(503)
    return true
  }

  #prepare(headers: RequestHeaders, entry: RouteEntry, cluster: ThreadCluster, info: StreamInfo): void {
    const suppress = this.#shared.suppressEnvoyHeaders
    this.#timeouts = takeTimeouts(headers, entry, entry.retryPolicy)
    entry.finalizeRequestHeaders(headers, info, !suppress)
    this.#retry = createRetryState(headers, entry.retryPolicy, {
      dispatcher: this.dispatcher,
      random: this.#shared.random,
      cluster: cluster.info,
      priority: entry.priority,
    })
    info.attemptCount = 1
    if (!suppress) setExpectedTimeout(headers, this.#timeouts, 0)
    if (this.#route!.virtualHost.includeAttemptCountInRequest) headers.set('x-envoy-attempt-count', '1')
  }

  #chooseHost(cluster: ThreadCluster): Host | undefined {
    const pick = cluster.chooseHost(this)
    if (pick.kind === 'host') return pick.host
    const flag = pick.kind === 'none' ? pick.flag : 'UH'
    const details = pick.kind === 'none' ? pick.detail : 'no_healthy_upstream'
    this.#callbacks.sendLocalReply({ status: 503, body: 'no healthy upstream', details, flag })
    this.#chargeResponse(503)
    return undefined
  }

  #startAttempt(host: Host, end: boolean): void {
    const entry = this.#entry!
    if (entry.autoHostRewrite && host.hostname !== '' && this.#headers.authority !== host.hostname) {
      rewriteAuthority(this.#headers, host.hostname, entry.appendXForwardedHost)
    }
    const attempt = new UpstreamRequest(this, host, this.#headers)
    this.#attempt = attempt
    attempt.start(this.#cluster!.httpPool(host, entry.priority, this), end)
  }

  #onRequestComplete(): void {
    this.#requestComplete = true
    this.#requestCompleteAt = this.dispatcher.now
    // The response may already be there, or the attempt may have failed while it was started.
    if (this.#attempt === undefined || this.#destroyed) return
    if (this.#timeouts.globalMs > 0 && this.#timer === undefined) {
      this.#timer = this.dispatcher.timer(() => this.#onTimeout())
      this.#timer.enable(this.#timeouts.globalMs)
    }
    if (!this.#attempt.responseStarted) this.#attempt.armPerTryTimeout(this.#timeouts.perTryMs)
  }

  /** Copies by reference for later attempts; past the limit there will be none. */
  #keep(body: ByteQueue, data: ByteQueue): void {
    const limit = this.#callbacks.decoderBufferLimit
    if (limit > 0 && body.length + data.length > limit) {
      this.#body = undefined
      this.#retry?.cancel()
      this.#retry = undefined
      this.#cluster!.info.stats.counter('retry_or_shadow_abandoned').inc()
      return
    }
    data.forEach((chunk) => body.push(chunk))
  }

  // ----------------------------------------------------------------------------------------------- response

  onUpstreamReady(request: UpstreamRequest): void {
    const info = this.#callbacks.streamInfo
    info.upstream = request.upstream
    if (this.#backedUp > 0) request.readDisable(true)
  }

  onUpstream1xx(headers: ResponseHeaders): void {
    this.#callbacks.encode1xx(headers)
  }

  onUpstreamHeaders(request: UpstreamRequest, headers: ResponseHeaders, end: boolean): void {
    if (this.#retry !== undefined && this.#retriesResponse(request, headers, end)) return
    this.#responseStarted = true
    const { virtualHost } = this.#route!
    if (!this.#shared.suppressEnvoyHeaders) {
      if (this.#requestComplete) {
        const ms = Math.floor(this.dispatcher.now - this.#requestCompleteAt)
        headers.set('x-envoy-upstream-service-time', String(ms))
      }
    }
    if (virtualHost.includeAttemptCountInResponse) {
      headers.set('x-envoy-attempt-count', String(this.#callbacks.streamInfo.attemptCount))
    }
    this.#chargeHost(request.host, headers.status)
    this.#chargeResponse(headers.status, headers)
    this.#entry!.finalizeResponseHeaders(headers, this.#callbacks.streamInfo)
    if (end) this.#onResponseComplete()
    this.#callbacks.encodeHeaders(headers, end, 'via_upstream')
  }

  onUpstreamData(_request: UpstreamRequest, data: ByteQueue, end: boolean): void {
    if (end) this.#onResponseComplete()
    this.#callbacks.encodeData(data, end)
  }

  onUpstreamTrailers(_request: UpstreamRequest, trailers: Trailers): void {
    this.#onResponseComplete()
    this.#callbacks.encodeTrailers(trailers)
  }

  onUpstreamReset(request: UpstreamRequest, reason: ResetReason, transportFailure: string): void {
    this.#attempt = undefined
    const info = this.#callbacks.streamInfo
    if (transportFailure !== '') info.upstream ??= failedUpstream(request.host)
    if (info.upstream !== undefined && transportFailure !== '') {
      info.upstream.transportFailureReason = transportFailure.replaceAll(' ', '_')
    }
    if (reason !== 'overflow') request.host.stats.rqError()
    if (!this.#responseStarted && this.#retry !== undefined) {
      const decision = this.#retry.shouldRetryReset(reason, request.sent, () => this.#doRetry())
      if (this.#retryAccepted(decision)) return
      info.setFlag(flagOf(reason))
      if (decision === 'limit-exceeded') info.setFlag('URX')
    } else info.setFlag(flagOf(reason))
    this.#fail(reason, transportFailure)
  }

  onPerTryTimeout(request: UpstreamRequest): void {
    const { stats } = this.#cluster!.info
    stats.counter('upstream_rq_per_try_timeout').inc()
    request.host.stats.rqTimeout()
    request.cancel()
    this.#attempt = undefined
    const info = this.#callbacks.streamInfo
    const decision = this.#retry?.shouldRetryPerTryTimeout(() => this.#doRetry()) ?? 'no'
    if (this.#retryAccepted(decision)) return
    info.setFlag('UT')
    if (decision === 'limit-exceeded') info.setFlag('URX')
    this.#gatewayTimeout('upstream_per_try_timeout')
  }

  onUpstreamBackedUp(backedUp: boolean): void {
    const { stats } = this.#cluster!.info
    if (backedUp) {
      stats.counter('upstream_flow_control_backed_up_total').inc()
      this.#callbacks.onDecoderFilterAboveHighWatermark()
    } else {
      stats.counter('upstream_flow_control_drained_total').inc()
      this.#callbacks.onDecoderFilterBelowLowWatermark()
    }
  }

  #retriesResponse(request: UpstreamRequest, headers: ResponseHeaders, end: boolean): boolean {
    const decision = this.#retry!.shouldRetryResponse(headers, () => this.#doRetry())
    if (decision === 'limit-exceeded') this.#callbacks.streamInfo.setFlag('URX')
    if (!this.#retryAccepted(decision)) return false
    this.#chargeHost(request.host, headers.status)
    this.#chargeRetriedResponse(headers.status)
    if (!end) request.cancel()
    this.#attempt = undefined
    return true
  }

  /** A retry needs the whole request or the kept part of it; while it waits, nothing is sent. */
  #retryAccepted(decision: RetryDecision): boolean {
    if (decision !== 'yes') return false
    if (!this.#requestComplete && this.#body === undefined) {
      this.#retry!.cancel()
      this.#shared.stats.rqRetrySkippedRequestNotComplete.inc()
      return false
    }
    this.#retried = true
    return true
  }

  #doRetry(): void {
    const info = this.#callbacks.streamInfo
    info.attemptCount++
    const host = this.#chooseHost(this.#cluster!)
    if (host === undefined) return
    const { virtualHost } = this.#route!
    if (virtualHost.includeAttemptCountInRequest) {
      this.#headers.set('x-envoy-attempt-count', String(info.attemptCount))
    }
    if (!this.#shared.suppressEnvoyHeaders) {
      setExpectedTimeout(this.#headers, this.#timeouts, this.dispatcher.now - this.#startedAt)
    }
    const body = this.#body
    const bodiless = body === undefined || (body.length === 0 && this.#requestComplete)
    this.#startAttempt(host, bodiless && this.#requestComplete && this.#trailers === undefined)
    this.#resend(body)
    if (this.#requestComplete) this.#attempt?.armPerTryTimeout(this.#timeouts.perTryMs)
  }

  #resend(body: ByteQueue | undefined): void {
    const attempt = this.#attempt
    if (attempt === undefined) return
    if (body !== undefined && body.length > 0) {
      const copy = new Bytes()
      body.forEach((chunk) => copy.push(chunk))
      attempt.sendData(copy, this.#requestComplete && this.#trailers === undefined)
    }
    if (this.#trailers !== undefined) attempt.sendTrailers(this.#trailers)
  }

  #fail(reason: ResetReason, transportFailure: string): void {
    const details = failureDetails(reason, this.#responseStarted, transportFailure)
    this.#timer?.disable()
    if (this.#responseStarted) {
      this.#shared.stats.rqResetAfterDownstreamResponseStarted.inc()
      this.#callbacks.streamInfo.responseCodeDetails = details
      this.#callbacks.resetStream('local-reset', details)
      return
    }
    const status = failureStatus(reason)
    this.#chargeResponse(status)
    this.#callbacks.sendLocalReply({
      status,
      body: failureBody(reason, this.#retried),
      details,
      ...(reason === 'overflow' ? { modifyHeaders: (response: ResponseHeaders) => this.#addOverloaded(response) } : {}),
    })
  }

  #addOverloaded(response: ResponseHeaders): void {
    if (!this.#shared.suppressEnvoyHeaders) response.set('x-envoy-overloaded', 'true')
  }

  #onTimeout(): void {
    const { stats } = this.#cluster!.info
    stats.counter('upstream_rq_timeout').inc()
    const attempt = this.#attempt
    if (attempt !== undefined) {
      attempt.host.stats.rqTimeout()
      attempt.cancel()
      this.#attempt = undefined
    }
    this.#retry?.cancel()
    this.#callbacks.streamInfo.setFlag('UT')
    this.#gatewayTimeout('response_timeout')
  }

  #gatewayTimeout(details: string): void {
    this.#timer?.disable()
    if (this.#responseStarted) {
      this.#shared.stats.rqResetAfterDownstreamResponseStarted.inc()
      this.#callbacks.streamInfo.responseCodeDetails = details
      this.#callbacks.resetStream('local-reset', details)
      return
    }
    this.#chargeResponse(504)
    this.#callbacks.sendLocalReply({ status: 504, body: 'upstream request timeout', details })
  }

  #onResponseComplete(): void {
    this.#timer?.disable()
    this.#attempt = undefined
    if (!this.#requestComplete) return
    const ms = this.dispatcher.now - this.#requestCompleteAt
    this.#cluster!.info.stats.responseTime(ms, this.#isInternal(), false)
  }

  // -------------------------------------------------------------------------------------------------- stats

  #chargeHost(host: Host, status: number): void {
    if (status >= 500) host.stats.rqError()
    else host.stats.rqSuccess()
  }

  #chargeResponse(status: number, headers?: ResponseHeaders): void {
    const canary = headers?.get('x-envoy-upstream-canary') === 'true'
    this.#cluster!.info.stats.response(status, this.#isInternal(), canary)
  }

  /** Attempts that are retried count under `retry.` as well as in the totals of the host. */
  #chargeRetriedResponse(status: number): void {
    this.#cluster!.info.stats.retriedResponse(status)
  }

  #isInternal(): boolean {
    return this.#headers.get('x-envoy-internal') === 'true'
  }

  // ---------------------------------------------------------------------------------- downstream flow control

  onAboveHighWatermark(): void {
    if (this.#backedUp++ > 0) return
    this.#cluster?.info.stats.counter('upstream_flow_control_paused_reading_total').inc()
    this.#attempt?.readDisable(true)
  }

  onBelowLowWatermark(): void {
    if (--this.#backedUp > 0) return
    this.#cluster?.info.stats.counter('upstream_flow_control_resumed_reading_total').inc()
    this.#attempt?.readDisable(false)
  }

  // ----------------------------------------------------------------------------------- load balancer context

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
    if (this.#retry?.avoidsPreviousHosts !== true) return false
    return this.#callbacks.streamInfo.upstream?.attemptedHosts?.includes(host) === true
  }

  get hostSelectionRetryCount(): number {
    return this.#retry?.hostSelectionMaxAttempts ?? 1
  }
}

function failedUpstream(host: Host): NonNullable<StreamInfo['upstream']> {
  return {
    host,
    localAddress: undefined,
    remoteAddress: host.address,
    transportFailureReason: '',
    connectionId: undefined,
    protocol: undefined,
    meter: undefined,
    firstTxByte: undefined,
    lastTxByte: undefined,
    firstRxByte: undefined,
    lastRxByte: undefined,
    connectStart: undefined,
    connectEnd: undefined,
    numStreams: 0,
    attemptedHosts: undefined,
  }
}
