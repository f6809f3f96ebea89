/**
 * The retries of one request: which attempts are tried again. Made only where something asks
 * for retries.
 */
import type { ResetReason } from '../api/codec.ts'
import type { ResponseHeaders } from '../api/headers.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { Attempts } from './attempts.ts'
import type { RequestCharges } from './request-charges.ts'
import type { RetryDecision, RetryState } from './retry-state.ts'
import type { UpstreamRequest } from './upstream-request.ts'

export class Retries {
  /** undefined when they are over. */
  state: RetryState | undefined
  /** The attempt before took too long. */
  afterTimeout = false
  /** One was granted and waits for its time. */
  #pending = false
  /** An attempt that came to nothing may have reached its upstream; what is tried before a request begins is over then. */
  #sent = false
  readonly #attempts: Attempts
  readonly #charges: RequestCharges
  readonly #info: StreamInfo

  constructor(state: RetryState, attempts: Attempts, charges: RequestCharges, info: StreamInfo) {
    this.state = state
    this.#attempts = attempts
    this.#charges = charges
    this.#info = info
  }

  /** Whether there may be any. */
  needBody(hedges: boolean): boolean {
    return hedges || this.state?.hasConditions === true
  }

  /** The granted one begins. */
  begin(): void {
    this.#pending = false
  }

  /** There will be none any more. */
  forget(): void {
    this.state?.cancel()
    this.state = undefined
    this.#pending = false
  }

  /** One was granted and has not begun. */
  get isPending(): boolean {
    return this.#pending
  }

  /** The response is tried again, or is a bad one while better ones may come; the attempt is then no longer one. */
  takesResponse(request: UpstreamRequest, headers: ResponseHeaders): boolean {
    const { state } = this
    if (state === undefined || !this.#isBad(state, request, headers)) return false
    this.#attempts.remove(request)
    if (!this.#pending && this.#attempts.latest === undefined) {
      this.#attempts.add(request)
      return false
    }
    request.host.stats.rqError()
    return true
  }

  #isBad(state: RetryState, request: UpstreamRequest, headers: ResponseHeaders): boolean {
    if (request.hedged) return state.wouldRetryResponse(headers)
    const decision = state.shouldRetryResponse(headers)
    if (this.#isGranted(decision, false)) this.#charges.retriedResponse(headers.status)
    return decision !== 'no'
  }

  /** The attempt ended without a response. */
  takesReset(request: UpstreamRequest, reason: ResetReason, timeout: boolean): boolean {
    if (this.state === undefined || request.hedged) return false
    this.#sent ||= request.sent
    if (!this.#isGranted(this.state.shouldRetryReset(reason, this.#sent), timeout)) return false
    request.host.stats.rqError()
    return true
  }

  /** The attempt goes on, and another one will be made beside it. */
  hedge(request: UpstreamRequest): void {
    if (this.state !== undefined && this.#isGranted(this.state.shouldHedge(), true)) request.hedged = true
  }

  #isGranted(decision: RetryDecision, timeout: boolean): boolean {
    if (decision === 'limit-exceeded') this.#info.setFlag('URX')
    else if (decision === 'overflow') this.#info.setFlag('UO')
    if (decision !== 'yes') return false
    this.#pending = true
    this.afterTimeout = timeout
    return true
  }
}
