/** `<http prefix>adaptive_concurrency.gradient_controller.`. */
import type { Counter, Gauge, Scope } from '../../../../api/stats.ts'

export const GAUGES = [
  'burst_queue_size',
  'concurrency_limit',
  'gradient',
  'min_rtt_calculation_active',
  'min_rtt_msecs',
  'sample_rtt_msecs',
] as const

export type GaugeName = (typeof GAUGES)[number]

export interface GradientStats {
  readonly rqBlocked: Counter
  readonly gauges: readonly Gauge[]
}

export function createGradientStats(httpScope: Scope): GradientStats {
  const scope = httpScope.scope('adaptive_concurrency.gradient_controller.')
  return {
    rqBlocked: scope.counter('rq_blocked'),
    gauges: GAUGES.map((name) => scope.gauge(name)),
  }
}
