/** Rejects a share of requests while too many of those before failed (Google SRE, "Handling Overload"). */
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import type { Random } from '../../../../api/event.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import type { Counter } from '../../../../api/stats.ts'
import { PassThroughFilter } from '../common/pass-through-filter.ts'
import type { AdmissionControlConfig } from './config.ts'
import type { RequestHistory } from './request-history.ts'

export interface AdmissionControlShared {
  readonly config: AdmissionControlConfig
  readonly history: RequestHistory
  readonly runtime: Runtime
  readonly random: Random
  readonly rejected: Counter
  readonly success: Counter
  readonly failure: Counter
}

/** Probabilities have four digits. */
const ACCURACY = 10_000

export class AdmissionControlFilter extends PassThroughFilter {
  readonly #shared: AdmissionControlShared
  /** The request was let through, and how it went is not known yet. */
  #pending = false
  #statusInTrailers = false
  /** False of a request that was refused before filters saw it; its answer counts. */
  #asked = false

  constructor(shared: AdmissionControlShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(_headers: RequestHeaders): HeadersStatus {
    const { config, runtime, rejected } = this.#shared
    this.#asked = true
    if (!config.enabled(runtime) || this.callbacks.streamInfo.healthCheck === true) return 'continue'
    if (!this.#rejects()) {
      this.#pending = true
      return 'continue'
    }
    rejected.inc()
    this.callbacks.sendLocalReply({ status: 503, body: '', details: 'denied_by_admission_control' })
    return 'stop-iteration'
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean): 'continue' {
    const { config } = this.#shared
    if (!this.#pending && this.#asked) return 'continue'
    if (!isGrpc(headers, end)) {
      this.#record(config.isHttpSuccess(headers.status))
      return 'continue'
    }
    const status = headers.get('grpc-status')
    if (status === undefined) this.#statusInTrailers = true
    else this.#record(config.isGrpcSuccess(Number(status)))
    return 'continue'
  }

  override encodeTrailers(trailers: Trailers): 'continue' {
    if (!this.#pending || !this.#statusInTrailers) return 'continue'
    const status = trailers.get('grpc-status')
    this.#record(status !== undefined && this.#shared.config.isGrpcSuccess(Number(status)))
    return 'continue'
  }

  /** A client that went before it was answered says nothing of the upstream. */
  #record(success: boolean): void {
    this.#pending = false
    const { history, success: successes, failure } = this.#shared
    history.record(success)
    if (success) successes.inc()
    else failure.inc()
  }

  #rejects(): boolean {
    const { config, history, runtime, random } = this.#shared
    if (history.averageRps < config.rpsThreshold(runtime)) return false
    const { requests, successes } = history
    const raw = (requests - successes / config.successThreshold(runtime)) / (requests + 1)
    const aggression = config.aggression(runtime)
    // The root of less than nothing is no number, and rejects nobody.
    const eager = aggression === 1 ? raw : raw ** (1 / aggression)
    return ACCURACY * Math.min(eager, config.maxRejectionProbability(runtime)) > random.u32() % ACCURACY
  }
}

/** A response without a body tells by its status. */
function isGrpc(headers: ResponseHeaders, end: boolean): boolean {
  if (end) return headers.has('grpc-status')
  if (headers.status !== 200) return false
  const type = headers.get('content-type')
  return type !== undefined && /^application\/grpc(?:\+|$)/.test(type)
}
