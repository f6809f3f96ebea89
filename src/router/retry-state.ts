/**
 * Decides whether a failed attempt is tried again: the policy's conditions, the number of retries that are left,
 * and the cluster's retry circuit breaker; and after how long.
 */
import type { ResetReason } from '../api/codec.ts'
import type { Dispatcher, Random, Timer } from '../api/event.ts'
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { RetryPolicy } from '../api/route.ts'
import type { ClusterInfo, ResourcePriority } from '../api/upstream.ts'
import { takeNumber } from './timeouts.ts'

/** yes: the callback will come; no: not a case for a retry; limit / overflow: it was one, but not any more. */
export type RetryDecision = 'yes' | 'no' | 'limit-exceeded' | 'overflow'

const GRPC_CODES: Readonly<Record<string, string>> = {
  cancelled: '1',
  'deadline-exceeded': '4',
  'resource-exhausted': '8',
  internal: '13',
  unavailable: '14',
}

export interface RetryStateDeps {
  readonly dispatcher: Dispatcher
  readonly random: Random
  readonly cluster: ClusterInfo
  readonly priority: ResourcePriority
}

/** undefined when nothing asks for retries. Reads and removes the x-envoy-retry-* headers. */
export function createRetryState(
  headers: RequestHeaders,
  policy: RetryPolicy | undefined,
  deps: RetryStateDeps,
): RetryState | undefined {
  const maxRetries = takeNumber(headers, 'x-envoy-max-retries')
  const conditions = new Set(policy?.retryOn)
  takeTokens(headers, 'x-envoy-retry-on', conditions)
  takeTokens(headers, 'x-envoy-retry-grpc-on', conditions)
  const codes = new Set(policy?.retriableStatusCodes)
  for (const code of takeTokens(headers, 'x-envoy-retriable-status-codes', new Set())) codes.add(Number(code))
  if (conditions.size === 0) return undefined
  return new RetryState(policy, conditions, codes, maxRetries ?? policy?.numRetries ?? 1, deps)
}

function takeTokens(headers: RequestHeaders, name: string, into: Set<string>): Set<string> {
  const text = headers.get(name)
  if (text === undefined) return into
  headers.remove(name)
  for (const token of text.split(',')) into.add(token.trim())
  return into
}

export class RetryState {
  readonly #policy: RetryPolicy | undefined
  readonly #conditions: ReadonlySet<string>
  readonly #codes: ReadonlySet<number>
  readonly #deps: RetryStateDeps
  readonly #timer: Timer
  #left: number
  #attempts = 0
  #callback: (() => void) | undefined = undefined
  #counted = false

  constructor(
    policy: RetryPolicy | undefined,
    conditions: ReadonlySet<string>,
    codes: ReadonlySet<number>,
    retries: number,
    deps: RetryStateDeps,
  ) {
    this.#policy = policy
    this.#conditions = conditions
    this.#codes = codes
    this.#left = retries
    this.#deps = deps
    this.#timer = deps.dispatcher.timer(() => this.#fire())
  }

  get avoidsPreviousHosts(): boolean {
    return this.#policy?.avoidPreviousHosts === true
  }

  get hostSelectionMaxAttempts(): number {
    return this.#policy?.hostSelectionMaxAttempts ?? 1
  }

  /** The response of an attempt. */
  shouldRetryResponse(headers: ResponseHeaders, retry: () => void): RetryDecision {
    return this.#decide(this.#wantsResponse(headers), retry)
  }

  /** An attempt without a response. `sent`: the request may have reached the upstream. */
  shouldRetryReset(reason: ResetReason, sent: boolean, retry: () => void): RetryDecision {
    return this.#decide(this.#wantsReset(reason, sent), retry)
  }

  /** An attempt that took longer than its own timeout. */
  shouldRetryPerTryTimeout(retry: () => void): RetryDecision {
    return this.#decide(this.#has('5xx') || this.#has('gateway-error'), retry)
  }

  /** Gives back the breaker's slot and forgets a pending retry. */
  cancel(): void {
    this.#timer.disable()
    this.#callback = undefined
    this.#release()
  }

  #has(condition: string): boolean {
    return this.#conditions.has(condition)
  }

  #wantsResponse(headers: ResponseHeaders): boolean {
    const { status } = headers
    if (headers.has('x-envoy-ratelimited') && !this.#has('envoy-ratelimited')) return false
    if (headers.has('x-envoy-ratelimited')) return true
    if (status >= 500 && this.#has('5xx')) return true
    if (status >= 502 && status <= 504 && this.#has('gateway-error')) return true
    if (status === 409 && this.#has('retriable-4xx')) return true
    if (this.#has('retriable-status-codes') && this.#codes.has(status)) return true
    if (this.#has('retriable-headers') && this.#policy?.isRetriableResponse(headers) === true) return true
    return this.#wantsGrpcStatus(headers.get('grpc-status'))
  }

  #wantsGrpcStatus(status: string | undefined): boolean {
    if (status === undefined) return false
    for (const condition of this.#conditions) {
      if (GRPC_CODES[condition] === status) return true
    }
    return false
  }

  #wantsReset(reason: ResetReason, sent: boolean): boolean {
    // A breaker that refused once would only refuse again.
    if (reason === 'overflow') return false
    if (this.#has('5xx') || this.#has('gateway-error') || this.#has('reset')) return true
    if (this.#has('reset-before-request') && !sent) return true
    if (this.#has('connect-failure') && isConnectFailure(reason)) return true
    return this.#has('refused-stream') && reason === 'remote-refused-stream-reset'
  }

  #decide(wanted: boolean, retry: () => void): RetryDecision {
    const { stats } = this.#deps.cluster
    if (this.#attempts > 0) this.#release()
    if (!wanted) {
      if (this.#attempts > 0) stats.counter('upstream_rq_retry_success').inc()
      return 'no'
    }
    if (this.#left === 0) {
      if (this.#attempts > 0) stats.counter('upstream_rq_retry_limit_exceeded').inc()
      return 'limit-exceeded'
    }
    const { retries } = this.#deps.cluster.resources(this.#deps.priority)
    if (!retries.canCreate()) {
      stats.counter('upstream_rq_retry_overflow').inc()
      return 'overflow'
    }
    retries.inc()
    this.#counted = true
    this.#left--
    stats.counter('upstream_rq_retry').inc()
    stats.counter('upstream_rq_retry_backoff_exponential').inc()
    this.#callback = retry
    this.#timer.enable(this.#nextBackOffMs())
    return 'yes'
  }

  #fire(): void {
    const callback = this.#callback
    this.#callback = undefined
    callback?.()
  }

  /** Fully jittered; the bound doubles with every attempt up to the maximum. */
  #nextBackOffMs(): number {
    const base = this.#policy?.backOffBaseMs ?? 25
    const bound = Math.min(this.#policy?.backOffMaxMs ?? 250, base * 2 ** this.#attempts)
    this.#attempts++
    return Math.floor(this.#deps.random.float() * bound)
  }

  #release(): void {
    if (!this.#counted) return
    this.#counted = false
    this.#deps.cluster.resources(this.#deps.priority).retries.dec()
  }
}

function isConnectFailure(reason: ResetReason): boolean {
  return (
    reason === 'connection-failure' ||
    reason === 'remote-connection-failure' ||
    reason === 'local-connection-failure' ||
    reason === 'connection-timeout'
  )
}
