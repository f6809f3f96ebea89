/** Lets as many requests through as there are tokens, on all threads together. */
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import { applyMutations, mutationContext } from '../../../../router/header-mutations.ts'
import { PassThroughFilter } from '../common/pass-through-filter.ts'
import type { LocalRateLimitConfig } from './config.ts'
import type { LimiterBucket } from './limiter-bucket.ts'
import type { Verdict } from './limiter.ts'
import type { RateLimitInUse } from './rate-limit-in-use.ts'

const RESOURCE_EXHAUSTED = 8
const TOO_MANY_REQUESTS = 429

export interface LocalRateLimitShared {
  readonly own: RateLimitInUse
  /** The one of a route; `table` is the name of its route table. */
  ofRoute(config: LocalRateLimitConfig, table: string): RateLimitInUse
}

export class LocalRateLimitFilter extends PassThroughFilter {
  readonly #shared: LocalRateLimitShared
  #inUse: RateLimitInUse
  #verdict: Verdict | undefined = undefined

  constructor(shared: LocalRateLimitShared) {
    super()
    this.#shared = shared
    this.#inUse = shared.own
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    const callbacks = this.callbacks
    const perRoute = callbacks.perRouteConfig as LocalRateLimitConfig | undefined
    if (perRoute !== undefined) {
      this.#inUse = this.#shared.ofRoute(perRoute, callbacks.route?.virtualHost.routeConfigName ?? '')
    }
    const inUse = this.#inUse
    const { config, stats } = inUse
    if (!inUse.holds(config.enabled)) return 'continue'
    stats.enabled.inc()
    const verdict = inUse.limiterFor(callbacks).allows(inUse.descriptorsOf(callbacks))
    this.#verdict = verdict
    if (verdict.allowed) {
      stats.ok.inc()
      return 'continue'
    }
    stats.rateLimited.inc()
    if (verdict.bucket?.shadow === true) {
      stats.shadowMode.inc()
      return 'continue'
    }
    if (!inUse.holds(config.enforced)) {
      const context = mutationContext(headers, undefined, callbacks.streamInfo)
      applyMutations(config.requestHeadersWhenNotEnforced, headers, context)
      return 'continue'
    }
    stats.enforced.inc()
    this.#refuse(config, verdict.bucket)
    return 'stop-iteration'
  }

  encodeHeaders(headers: ResponseHeaders): 'continue' {
    const bucket = this.#verdict?.bucket
    if (bucket === undefined) return 'continue'
    const option = this.#verdict!.option
    if (option === 'UNSPECIFIED' ? !this.#inUse.config.xRateLimitHeaders : option === 'OFF') return 'continue'
    headers.add('x-ratelimit-limit', String(bucket.maxTokens))
    headers.add('x-ratelimit-remaining', String(bucket.remainingTokens))
    headers.add('x-ratelimit-reset', String(bucket.resetSeconds))
    return 'continue'
  }

  #refuse(config: LocalRateLimitConfig, bucket: LimiterBucket | undefined): void {
    const { streamInfo, requestHeaders } = this.callbacks
    this.callbacks.sendLocalReply({
      status: config.status,
      body: 'local_rate_limited',
      details: 'local_rate_limited',
      flag: 'RL',
      modifyHeaders: (headers) => {
        applyMutations(config.responseHeaders, headers, mutationContext(requestHeaders, headers, streamInfo))
        if (!config.retryAfter || config.status !== TOO_MANY_REQUESTS || bucket === undefined) return
        if (!headers.has('retry-after')) headers.set('retry-after', String(Math.max(1, bucket.resetSeconds)))
      },
      ...(config.resourceExhausted ? { grpcStatus: RESOURCE_EXHAUSTED } : {}),
    })
  }
}
