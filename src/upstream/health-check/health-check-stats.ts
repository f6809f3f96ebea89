/** `cluster.<name>.health_check.`, and of a check with a name `cluster.<name>.health_check.name.<name>.` */
import type { Counter, Gauge, Scope } from '../../api/stats.ts'

const COUNTERS = ['attempt', 'success', 'failure', 'passive_failure', 'network_failure', 'verify_cluster'] as const

const GAUGES = ['healthy', 'degraded'] as const

export type HealthCheckStats = Readonly<Record<(typeof COUNTERS)[number], Counter>> &
  Readonly<Record<(typeof GAUGES)[number], Gauge>>

/** `name`: '' when none. */
export function createHealthCheckStats(clusterScope: Scope, name: string): HealthCheckStats {
  const all = clusterScope.scope('health_check')
  const scope = name === '' ? all : all.scope('name').scope(name)
  const stats: Record<string, Counter | Gauge> = {}
  for (const name of COUNTERS) stats[name] = scope.counter(name)
  for (const name of GAUGES) stats[name] = scope.gauge(name)
  // The loops above fill in every key of the type, each with its kind.
  return stats as unknown as HealthCheckStats
}
