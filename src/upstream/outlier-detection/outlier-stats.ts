/** `cluster.<name>.outlier_detection.` */
import type { Counter, Gauge, Scope } from '../../api/stats.ts'
import type { EjectionKind } from './outlier-detection-config.ts'

/** Of a kind of ejection, as its counters are called: with one exception as the fields of the configuration. */
const STAT_NAMES: Readonly<Record<EjectionKind, string>> = {
  consecutive_5xx: 'consecutive_5xx',
  consecutive_gateway_failure: 'consecutive_gateway_failure',
  consecutive_local_origin_failure: 'consecutive_local_origin_failure',
  success_rate: 'success_rate',
  local_origin_success_rate: 'local_origin_success_rate',
  failure_percentage: 'failure_percentage',
  failure_percentage_local_origin: 'local_origin_failure_percentage',
}

type ByKind = Readonly<Record<EjectionKind, Counter>>

export class OutlierStats {
  readonly active: Gauge
  readonly overflow: Counter
  readonly enforcedTotal: Counter
  readonly detected: ByKind
  readonly enforced: ByKind
  /** Of the time before there were kinds: of 5xx and success rates alone. */
  readonly total: Counter
  readonly consecutive5xx: Counter
  readonly successRate: Counter
  readonly detectedDegradation: Counter

  constructor(clusterScope: Scope) {
    const scope = clusterScope.scope('outlier_detection')
    const byKind = (what: string): ByKind =>
      // One entry for each kind.
      Object.fromEntries(
        Object.entries(STAT_NAMES).map(([kind, name]) => [kind, scope.counter(`ejections_${what}_${name}`)]),
      ) as unknown as ByKind
    this.active = scope.gauge('ejections_active')
    this.overflow = scope.counter('ejections_overflow')
    this.enforcedTotal = scope.counter('ejections_enforced_total')
    this.detected = byKind('detected')
    this.enforced = byKind('enforced')
    this.total = scope.counter('ejections_total')
    this.consecutive5xx = scope.counter('ejections_consecutive_5xx')
    this.successRate = scope.counter('ejections_success_rate')
    this.detectedDegradation = scope.counter('ejections_detected_degradation')
  }
}
