/**
 * Decides whether a failed attempt is tried again: the conditions, the number of retries that are left, and the
 * cluster's retry circuit breaker; and after how long.
 */
import type { ResetReason } from '../api/codec.ts'
import type { Dispatcher, Random, Timer } from '../api/event.ts'
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { RetryPolicy } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { ClusterInfo, ClusterRequestCounter, Host, Resource, ResourcePriority } from '../api/upstream.ts'
import { nameSet } from '../codec/headers/field-names.ts'
import { PreviousPriorities } from './previous-priorities.ts'
import type { RetryConditions } from './retry-conditions.ts'
import { takeRetryConditions } from './retry-conditions.ts'
import { takeNumber } from './timeouts.ts'

/** yes: `retry` will be called; no: not a case for a retry; limit / overflow: it was one, but not any more. */
export type RetryDecision = 'yes' | 'no' | 'limit-exceeded' | 'overflow'

/** Counters that a virtual cluster and a route have as well. */
export type RetryCounter =
  | 'upstream_rq_retry'
  | 'upstream_rq_retry_limit_exceeded'
  | 'upstream_rq_retry_overflow'
  | 'upstream_rq_retry_success'

/** The router filter, as its retries see it. */
export interface RetryOwner {
  readonly dispatcher: Dispatcher
  readonly random: Random
  readonly runtime: Runtime
  readonly clusterInfo: ClusterInfo
  readonly priority: ResourcePriority
  countRetry(counter: RetryCounter): void
  /** Chooses the cluster anew; false when there is none of the name. */
  refreshCluster(): boolean
  retry(): void
}

const RETRY_HEADERS = nameSet([
  'x-envoy-max-retries',
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
])

/** undefined when nothing asks for retries. Reads and removes the x-envoy-* headers about retries. */
export function createRetryState(
  headers: RequestHeaders,
  policy: RetryPolicy | undefined,
  owner: RetryOwner,
): RetryState | undefined {
  if (policy === undefined && !headers.mayHave(RETRY_HEADERS)) return undefined
  const maxRetries = takeNumber(headers, 'x-envoy-max-retries')
  const conditions = takeRetryConditions(headers, policy)
  if (conditions === undefined) return undefined
  const asked = conditions.isEmpty ? undefined : maxRetries
  return new RetryState(conditions, asked ?? policy?.numRetries ?? 1, owner)
}

/** Where the retry policy has no back-off of its own. */
const BACK_OFF_KEY = 'upstream.base_retry_backoff_ms'
const MAX_TO_BASE = 10

export class RetryState {
  readonly #conditions: RetryConditions
  readonly #owner: RetryOwner
  readonly #policy: RetryPolicy | undefined
  /** The breaker of the first cluster, whatever clusters later attempts go to. */
  readonly #breaker: Resource
  #left: number
  #timer: Timer | undefined = undefined
  /** A retry is counted when it begins. */
  #waitCounter: ClusterRequestCounter = 'upstream_rq_retry_backoff_exponential'
  /** A retry was granted earlier, and what its slot in the breaker stands for has not been judged yet. */
  #granted = false
  #backOffMs: number
  readonly #maxBackOffMs: number
  readonly #attempted: Host[] = []
  /** undefined: retries go to any priority. */
  readonly priority: PreviousPriorities | undefined

  constructor(conditions: RetryConditions, retries: number, owner: RetryOwner) {
    this.#conditions = conditions
    this.#owner = owner
    this.#policy = conditions.policy
    this.#breaker = owner.clusterInfo.resources(owner.priority).retries
    this.#left = retries
    const frequency = this.#policy?.priorityUpdateFrequency
    this.priority = frequency === undefined ? undefined : new PreviousPriorities(frequency)
    this.#backOffMs = this.#policy?.backOffBaseMs ?? owner.runtime.current.integer(BACK_OFF_KEY, 25)
    this.#maxBackOffMs = this.#policy?.backOffMaxMs ?? this.#backOffMs * MAX_TO_BASE
  }

  /** False where attempts are hedged at most. */
  get hasConditions(): boolean {
    return !this.#conditions.isEmpty
  }

  get hostSelectionMaxAttempts(): number {
    return this.#policy?.hostSelectionMaxAttempts ?? 1
  }

  /** Every host that an attempt goes to. */
  onHostAttempted(host: Host): void {
    this.priority?.onHostAttempted(host)
    if (this.#policy?.avoidsPreviousHosts === true) this.#attempted.push(host)
  }

  /** True rejects the candidate for a retry. */
  shouldSelectAnotherHost(host: Host): boolean {
    return this.#attempted.includes(host) || this.#policy?.omitsHost(host) === true
  }

  /** The response of an attempt. */
  shouldRetryResponse(headers: ResponseHeaders): RetryDecision {
    const wanted = this.#conditions.matchResponse(headers)
    const resetMs = wanted ? this.#policy?.resetIntervalMs(headers, this.#owner.dispatcher.wallNow) : undefined
    return this.#decide(wanted, resetMs)
  }

  /** Whether the response of an attempt that has been retried already would be a case for a retry. */
  wouldRetryResponse(headers: ResponseHeaders): boolean {
    return this.#conditions.matchResponse(headers)
  }

  /** An attempt that is slow but goes on: hedged whatever the conditions are. */
  shouldHedge(): RetryDecision {
    return this.#decide(true, undefined)
  }

  /** An attempt without a response. `sent`: the request may have reached the upstream. */
  shouldRetryReset(reason: ResetReason, sent: boolean): RetryDecision {
    return this.#decide(this.#conditions.matchReset(reason, sent), undefined)
  }

  /** Gives back the breaker's slot and forgets a pending retry. */
  cancel(): void {
    this.#timer?.disable()
    this.#release()
  }

  #decide(wanted: boolean, resetMs: number | undefined): RetryDecision {
    const owner = this.#owner
    if (this.#granted && !wanted) owner.countRetry('upstream_rq_retry_success')
    this.#release()
    if (!wanted) return 'no'
    if (this.#left === 0) {
      owner.countRetry('upstream_rq_retry_limit_exceeded')
      return 'limit-exceeded'
    }
    this.#left--
    if (!this.#breaker.canCreate()) {
      owner.countRetry('upstream_rq_retry_overflow')
      return 'overflow'
    }
    if (!owner.runtime.current.featureEnabled('upstream.use_retry', 100, owner.random.u32())) return 'no'
    this.#breaker.inc()
    this.#granted = true
    this.#timer ??= owner.dispatcher.timer(() => this.#onWaited())
    this.#timer.enable(this.#nextWaitMs(resetMs))
    return 'yes'
  }

  #onWaited(): void {
    const owner = this.#owner
    if (this.#policy?.refreshesCluster !== true || owner.refreshCluster()) {
      owner.countRetry('upstream_rq_retry')
      owner.clusterInfo.stats.counter(this.#waitCounter).inc()
    }
    owner.retry()
  }

  #nextWaitMs(resetMs: number | undefined): number {
    const { random } = this.#owner
    if (resetMs !== undefined && resetMs > 1) {
      this.#waitCounter = 'upstream_rq_retry_backoff_ratelimited'
      return resetMs + Math.floor((random.float() * resetMs) / 2)
    }
    this.#waitCounter = 'upstream_rq_retry_backoff_exponential'
    // Fully jittered; the bound doubles with every attempt up to the maximum.
    const bound = this.#backOffMs
    this.#backOffMs = Math.min(this.#maxBackOffMs, bound * 2)
    return Math.floor(random.float() * bound)
  }

  #release(): void {
    if (!this.#granted) return
    this.#granted = false
    this.#breaker.dec()
  }
}
