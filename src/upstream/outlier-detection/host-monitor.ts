/**
 * Counts how requests to a host go, on the thread that sends them, in numbers that all threads share; whoever takes a row
 * of failures to its limit reports it.
 */
import type { Runtime } from '../../api/runtime.ts'
import type { HostMonitor, LocalOriginOutcome } from '../../api/upstream.ts'
import type { SharedCounters } from '../../stats/shared-counters.ts'
import { OUTLIER } from '../shared-layout.ts'
import type { ConsecutiveKind, OutlierDetectionConfig } from './outlier-detection-config.ts'

/** What crosses to the main thread. */
export type HostReportKind = ConsecutiveKind | 'immediate_failure' | 'degraded'

/** What threads need to know. */
export type OutlierMonitorConfig = Pick<OutlierDetectionConfig, 'splitLocalOrigin' | 'thresholds' | 'detectsDegraded'>

export interface HostMonitorDeps {
  readonly counters: SharedCounters
  readonly runtime: Runtime
  report(kind: HostReportKind): void
}

/** Where health is checked and outliers are not detected. */
export class HealthMonitor implements HostMonitor {
  readonly #deps: HostMonitorDeps

  constructor(deps: HostMonitorDeps) {
    this.#deps = deps
  }

  response(): void {}

  localOrigin(): void {}

  immediateFailure(): void {
    this.#deps.report('immediate_failure')
  }
}

/** A failure to connect, as a status, where both are one. */
const STATUS_OF: Readonly<Record<LocalOriginOutcome, number | undefined>> = {
  connected: undefined,
  'connected-final': 200,
  failed: 503,
  timeout: 504,
}

export class OutlierMonitor implements HostMonitor {
  readonly degraded: (() => void) | undefined
  readonly #config: OutlierMonitorConfig
  readonly #deps: HostMonitorDeps
  readonly #counters: SharedCounters

  constructor(config: OutlierMonitorConfig, deps: HostMonitorDeps) {
    this.#config = config
    this.#deps = deps
    this.#counters = deps.counters
    this.degraded = config.detectsDegraded ? () => this.#onDegraded() : undefined
  }

  response(status: number): void {
    const counters = this.#counters
    counters.add(OUTLIER.externalTotal, 1)
    if (status < 500 || status > 599) {
      counters.add(OUTLIER.externalSuccess, 1)
      this.#clear(OUTLIER.consecutive5xx)
      this.#clear(OUTLIER.consecutiveGatewayFailure)
      return
    }
    const { consecutive5xx, consecutiveGatewayFailure } = this.#config.thresholds
    if (status >= 502 && status <= 504) {
      this.#fail(OUTLIER.consecutiveGatewayFailure, 'consecutive_gateway_failure', consecutiveGatewayFailure)
    } else this.#clear(OUTLIER.consecutiveGatewayFailure)
    this.#fail(OUTLIER.consecutive5xx, 'consecutive_5xx', consecutive5xx)
  }

  localOrigin(outcome: LocalOriginOutcome, status?: number): void {
    if (!this.#config.splitLocalOrigin) {
      const meant = status ?? STATUS_OF[outcome]
      if (meant !== undefined) this.response(meant)
      return
    }
    const counters = this.#counters
    counters.add(OUTLIER.localTotal, 1)
    if (outcome === 'failed' || outcome === 'timeout') {
      const most = this.#config.thresholds.consecutiveLocalOriginFailure
      return this.#fail(OUTLIER.consecutiveLocalOriginFailure, 'consecutive_local_origin_failure', most)
    }
    counters.add(OUTLIER.localSuccess, 1)
    this.#clear(OUTLIER.consecutiveLocalOriginFailure)
  }

  immediateFailure(): void {
    this.#deps.report('immediate_failure')
  }

  /** Told once until the main thread has forgotten it. */
  #onDegraded(): void {
    if (this.#counters.exchange(OUTLIER.degraded, 0, 1)) this.#deps.report('degraded')
  }

  /** Written only when there is something to clear: the line of memory stays shared. */
  #clear(row: number): void {
    if (this.#counters.get(row) !== 0) this.#counters.set(row, 0)
  }

  #fail(row: number, kind: ConsecutiveKind, configured: number): void {
    const most = this.#deps.runtime.current.integer(`outlier_detection.${kind}`, configured)
    if (this.#counters.add(row, 1) === most) this.#deps.report(kind)
  }
}
