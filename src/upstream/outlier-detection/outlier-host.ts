/** What the detector knows of one host, on the main thread. Workers count in shared numbers. */
import { SharedCounters } from '../../stats/shared-counters.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { OUTLIER } from '../shared-layout.ts'

/** Results of one origin: responses, or attempts to get one. */
export class OriginResults {
  /** In percent, of the last interval; -1: too few requests. */
  successRate = -1
  #total = 0
  #success = 0
  readonly #counters: SharedCounters
  readonly #totalAt: number
  readonly #successAt: number
  #lastTotal: number
  #lastSuccess: number

  constructor(counters: SharedCounters, totalAt: number, successAt: number) {
    this.#counters = counters
    this.#totalAt = totalAt
    this.#successAt = successAt
    this.#lastTotal = counters.get(totalAt)
    this.#lastSuccess = counters.get(successAt)
  }

  /** Requests of the last interval. */
  get volume(): number {
    return this.#total
  }

  /** Of the last interval, in percent. Precondition: there were requests. */
  get rate(): number {
    return (this.#success * 100) / this.#total
  }

  /** An interval is over. The shared numbers go on, and wrap; their difference does not. */
  turn(): void {
    const total = this.#counters.get(this.#totalAt)
    const success = this.#counters.get(this.#successAt)
    this.#total = (total - this.#lastTotal) | 0
    this.#success = (success - this.#lastSuccess) | 0
    this.#lastTotal = total
    this.#lastSuccess = success
    this.successRate = -1
  }
}

export class OutlierHost {
  host: HostDescription
  readonly external: OriginResults
  readonly local: OriginResults
  ejections = 0
  /** Times the base ejection time; goes up with each ejection and down with each interval of peace. */
  backoff = 0
  jitterMs = 0
  /** ms of the dispatcher. */
  lastEjection: number | undefined = undefined
  lastUnejection: number | undefined = undefined
  /** The same for a host that has called itself degraded. */
  readonly degradation = { backoff: 0, jitterMs: 0, since: 0, until: undefined as number | undefined }
  readonly #counters: SharedCounters

  constructor(host: HostDescription) {
    this.host = host
    this.#counters = new SharedCounters(host.counters)
    this.external = new OriginResults(this.#counters, OUTLIER.externalTotal, OUTLIER.externalSuccess)
    this.local = new OriginResults(this.#counters, OUTLIER.localTotal, OUTLIER.localSuccess)
  }

  /** A row of failures begins anew. */
  reset(row: keyof typeof ROWS): void {
    this.#counters.set(ROWS[row], 0)
  }

  /** The next response that says so is told again. */
  forgetDegraded(): void {
    this.#counters.set(OUTLIER.degraded, 0)
  }

  resetAll(): void {
    for (const at of Object.values(ROWS)) this.#counters.set(at, 0)
  }
}

const ROWS = {
  consecutive_5xx: OUTLIER.consecutive5xx,
  consecutive_gateway_failure: OUTLIER.consecutiveGatewayFailure,
  consecutive_local_origin_failure: OUTLIER.consecutiveLocalOriginFailure,
} as const
