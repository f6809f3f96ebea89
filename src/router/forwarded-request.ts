/**
 * What holds for a forwarded request all the time: its route and cluster, attempts, clock and charges; its timeouts, and
 * the ends that are no response of an upstream.
 */
import type { ResetReason } from '../api/codec.ts'
import type { Dispatcher, Random } from '../api/event.ts'
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { RequestTimeouts, Route, RouteEntry } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { ResponseFlag } from '../api/stream-info.ts'
import type { ClusterInfo, Host, Pick, ResourcePriority, ThreadCluster } from '../api/upstream.ts'
import { Attempts } from './attempts.ts'
import { failedHandshake } from './failed-handshake.ts'
import { ATTEMPT_TIMEOUTS, maxDurationReply, timeoutReply } from './failure-replies.ts'
import type { RouterReply } from './local-replies.ts'
import { sendRouterReply } from './local-replies.ts'
import type { RequestCharges } from './request-charges.ts'
import { RequestClock } from './request-clock.ts'
import type { RequestTimerOwner } from './request-timers.ts'
import type { Retries } from './retries.ts'
import type { RouterCallbacks } from './router-callbacks.ts'
import type { RouterShared } from './router-shared.ts'
import type { AttemptTimeout, UpstreamRequest } from './upstream-request.ts'
import { percentOf } from './upstream-log/attempt-tracker.ts'
import { takeTimeouts } from './timeouts.ts'

export abstract class ForwardedRequest implements RequestTimerOwner {
  readonly timeouts: RequestTimeouts
  protected readonly shared: RouterShared
  protected readonly callbacks: RouterCallbacks
  protected route: Route
  protected entry: RouteEntry
  protected cluster: ThreadCluster
  protected readonly charges: RequestCharges
  protected readonly headers: RequestHeaders
  protected readonly clock: RequestClock
  protected readonly attempts: Attempts
  protected retries: Retries | undefined = undefined
  /** The response sets them: values of hash policies. */
  protected cookies: readonly string[] | undefined = undefined
  /** The host is still to be found. */
  protected awaited: Extract<Pick, { kind: 'later' }> | undefined = undefined
  /** The client was sent something, if only an interim response: no other attempt may answer it. */
  protected responseStarted = false
  /** A retry chose a cluster that there is none of. */
  protected hasNoCluster = false
  /** Clusters that the route has led to, by their places in it; undefined: no retry has chosen another one. */
  #tried: Set<number> | undefined = undefined
  /** The client was sent the head of its response, which is cut from then on when something fails. */
  protected headersSent = false
  /** The answer is complete, or was given up. */
  protected over = false

  constructor(
    shared: RouterShared,
    callbacks: RouterCallbacks,
    route: Route,
    entry: RouteEntry,
    cluster: ThreadCluster,
    charges: RequestCharges,
    headers: RequestHeaders,
  ) {
    this.shared = shared
    this.callbacks = callbacks
    this.route = route
    this.entry = entry
    this.cluster = cluster
    this.charges = charges
    this.headers = headers
    this.clock = new RequestClock(callbacks.dispatcher, shared.timers)
    this.attempts = new Attempts(charges)
    const timeouts = takeTimeouts(headers, entry, shared.respectExpectedTimeout)
    const { maxStreamDurationMs: maxDurationMs = 0 } = cluster.info
    this.timeouts = maxDurationMs === 0 ? timeouts : { ...timeouts, maxDurationMs }
  }

  // ------------------------------------------------------------------------------------------- what others ask

  get requestComplete(): boolean {
    return this.clock.complete
  }

  get dispatcher(): Dispatcher {
    return this.callbacks.dispatcher
  }

  get random(): Random {
    return this.shared.random
  }

  get runtime(): Runtime {
    return this.shared.runtime
  }

  get clusterInfo(): ClusterInfo {
    return this.cluster.info
  }

  get priority(): ResourcePriority {
    return this.entry.priority
  }

  get bufferLimit(): number {
    return this.callbacks.decoderBufferLimit
  }

  // ---------------------------------------------------------------------------------------------- whom to ask

  protected choose(): Pick {
    const { choice } = this.shared
    this.#resetChoice()
    const pick = this.cluster.chooseHost(choice)
    if (choice.cookies !== undefined) this.cookies = choice.cookies
    return pick
  }

  /** What is chosen by is one object for all requests. */
  #resetChoice(): void {
    const { httpPolicies } = this.cluster.info
    this.shared.choice.reset(this.callbacks, this.headers, this.entry, httpPolicies, this.retries?.state)
  }

  /** undefined: there is none, and the request is answered. */
  protected hostOf(pick: Exclude<Pick, { kind: 'later' }>): Host | undefined {
    if (pick.kind === 'host') return pick.host
    const status = pick.isUnknown === true ? this.shared.choice.overrideHost?.notFoundStatus : undefined
    this.replyNoHost(status, pick.flag, pick.detail)
    return undefined
  }

  protected replyNoHost(status = 503, flag: ResponseFlag = 'UH', details = 'no_healthy_upstream'): void {
    this.cleanUp()
    this.charges.response(status, false, undefined)
    this.reply({ status, body: 'no healthy upstream', details, flag })
  }

  protected awaitHost(pick: Extract<Pick, { kind: 'later' }>, goOn: (host: Host) => void): void {
    this.awaited = pick
    pick.whenChosen((chosen) => {
      this.awaited = undefined
      if (this.over || chosen.kind === 'later') return
      this.#resetChoice()
      const host = this.hostOf(chosen)
      if (host !== undefined) goOn(host)
    })
  }

  // --------------------------------------------------------------------------------------------------- timeouts

  /** While no attempt is under way there is nobody to wait for. */
  protected startTimer(): void {
    if (this.attempts.latest !== undefined) this.clock.startTimeout(this, this.timeouts.globalMs)
  }

  /** The timeout of the whole request. */
  onRequestTimeout(): void {
    for (const attempt of this.attempts.takeAll()) {
      this.charges.countForAll('upstream_rq_timeout')
      // Nobody can say of a host that has no connection yet that it is slow.
      const host = attempt.isPending ? undefined : attempt.host
      host?.stats.rqTimeout()
      if (!attempt.responseStarted) {
        if (!attempt.timeoutTold) host?.monitor?.localOrigin('timeout', this.timeouts.status)
        this.chargeAbort(this.timeouts.status, host)
      }
      attempt.onRequestTimeout()
      attempt.cancel()
    }
    this.#abortTimedOut('response_timeout')
  }

  onAttemptTimeout(request: UpstreamRequest, kind: AttemptTimeout): void {
    if (kind === 'max-duration') this.#onMaxDuration(request)
    else if (!this.timeouts.hedges) this.#onAttemptTooSlow(request, kind)
    else this.#onSoftTimeout(request)
  }

  /** The attempt goes on. Told once, whatever becomes of it. */
  #onSoftTimeout(request: UpstreamRequest): void {
    request.host.monitor?.localOrigin('timeout', this.timeouts.status)
    request.timeoutTold = true
    if (this.responseStarted) return
    request.onTimeout('UT')
    this.retries?.hedge(request)
  }

  #onAttemptTooSlow(request: UpstreamRequest, kind: keyof typeof ATTEMPT_TIMEOUTS): void {
    // A client that was sent an interim response is served until the timeout of the whole request.
    if (kind === 'per-try' && this.responseStarted) return
    const { counter, details } = ATTEMPT_TIMEOUTS[kind]
    this.charges.count(counter)
    request.host.stats.rqTimeout()
    request.host.monitor?.localOrigin('timeout', this.timeouts.status)
    this.attempts.remove(request)
    request.onTimeout(kind === 'per-try' ? 'UT' : 'SI')
    request.cancel()
    if (this.retriesReset(request, 'local-reset', true)) return
    this.chargeAbort(this.timeouts.status, request.host)
    this.#abortTimedOut(details)
  }

  #onMaxDuration(request: UpstreamRequest): void {
    this.charges.count('upstream_rq_max_duration_reached')
    this.attempts.remove(request)
    request.onTimeout('UMSDR')
    request.cancel()
    if (this.retriesReset(request, 'local-reset', false)) return
    this.abort(maxDurationReply(this.requestComplete))
  }

  /** The attempt came to nothing, and is tried again. */
  protected retriesReset(request: UpstreamRequest, reason: ResetReason, timeout: boolean): boolean {
    return !this.responseStarted && this.retries?.takesReset(request, reason, timeout) === true
  }

  #abortTimedOut(details: string): void {
    this.#noteTimeUsed()
    this.abort(timeoutReply(this.timeouts.status, details))
  }

  // ----------------------------------------------------------------------------------------------------- the end

  /** The response is complete. Time counts from the complete request on. */
  protected chargeTime({ canary, host }: UpstreamRequest): void {
    if (!this.requestComplete) return
    this.charges.responseTime(this.clock.elapsedMs, canary, host)
    this.#noteTimeUsed()
  }

  /** How much of the time of the whole request went by, where the cluster keeps track of that. */
  #noteTimeUsed(): void {
    const budgets = this.cluster.info.tracking?.budgets
    budgets?.total.record(percentOf(this.clock.elapsedMs, this.timeouts.globalMs))
  }

  /** Ends the request: a reply when none has begun, otherwise the response is cut. */
  protected abort(reply: RouterReply): void {
    this.cleanUp()
    for (const attempt of this.attempts.takeAll()) attempt.cancel()
    if (!this.headersSent) return this.reply(reply)
    const info = this.callbacks.streamInfo
    if (reply.flag !== undefined) info.setFlag(reply.flag)
    info.responseCodeDetails = reply.details
    this.callbacks.resetStream('local-reset', reply.details)
  }

  protected reply(reply: RouterReply): void {
    const { attemptCount } = this.callbacks.streamInfo
    const tell = attemptCount > 0 && this.route.virtualHost.includeAttemptCountInResponse
    sendRouterReply(this.callbacks, tell ? { ...reply, attemptCount: true } : reply)
  }

  /** An attempt came to nothing. `awaitsGrpcStatus`: its response did not say yet how the gRPC request went. */
  protected chargeAbort(status: number, host: Host | undefined, awaitsGrpcStatus = false): void {
    if (this.responseStarted) {
      if (!awaitsGrpcStatus) return
      host?.stats.rqError()
      this.shared.stats.rqResetAfterDownstreamResponseStarted.inc()
      return
    }
    this.charges.response(status, false, host)
    if (status < 500) host?.stats.rqError()
  }

  /** For a retry; false when there is no cluster of the name that the route says now. */
  refreshCluster(): boolean {
    const { callbacks, headers, shared } = this
    const request = { headers, streamInfo: callbacks.streamInfo, random: callbacks.streamRandom }
    const route = this.route.refresh?.(request, shared.runtime, (this.#tried ??= new Set()))
    if (route?.entry === undefined) return true
    callbacks.setRoute(route)
    this.route = route
    this.entry = route.entry
    const cluster = shared.clusters.get(route.entry.clusterName)
    this.hasNoCluster = cluster === undefined
    if (cluster === undefined) return false
    this.cluster = cluster
    this.charges.cluster = cluster.info.stats
    return true
  }

  /** The answer to a WebSocket was neither yes nor no. */
  protected passOnRefusal(response: ResponseHeaders): void {
    this.cleanUp()
    this.callbacks.sendLocalReply(failedHandshake(response))
  }

  protected cleanUp(): void {
    this.over = true
    this.retries?.forget()
    this.clock.stopTimeout()
  }
}
