/**
 * The statistics of a cluster, `cluster.<name>.`, as literal tables (Envoy docs: configuration/upstream/cluster_manager/
 * cluster_stats). The main thread announces all of them so that every name is shown before it is counted; a worker creates those
 * that it counts, when it first uses the cluster.
 */
import type { Counter, Gauge, Histogram, Scope } from '../api/stats.ts'

/** Counters of connection pools. */
export const POOL_COUNTERS = [
  'upstream_cx_total',
  'upstream_cx_http1_total',
  'upstream_cx_connect_fail',
  'upstream_cx_connect_timeout',
  'upstream_cx_idle_timeout',
  'upstream_cx_max_duration_reached',
  'upstream_cx_overflow',
  'upstream_cx_pool_overflow',
  'upstream_cx_protocol_error',
  'upstream_cx_max_requests',
  'upstream_cx_none_healthy',
  'upstream_cx_close_notify',
  'upstream_cx_destroy',
  'upstream_cx_destroy_local',
  'upstream_cx_destroy_remote',
  'upstream_cx_destroy_with_active_rq',
  'upstream_cx_destroy_local_with_active_rq',
  'upstream_cx_destroy_remote_with_active_rq',
  'upstream_cx_rx_bytes_total',
  'upstream_cx_tx_bytes_total',
  'upstream_rq_total',
  'upstream_rq_active_overflow',
  'upstream_rq_pending_total',
  'upstream_rq_pending_overflow',
  'upstream_rq_pending_failure_eject',
  'upstream_rq_cancelled',
  'bind_errors',
  'lb_healthy_panic',
  'lb_subsets_fallback',
  'lb_subsets_fallback_panic',
  'lb_subsets_selected',
  'original_dst_host_invalid',
] as const

export const POOL_GAUGES = [
  'upstream_cx_active',
  'upstream_cx_rx_bytes_buffered',
  'upstream_cx_tx_bytes_buffered',
  'upstream_rq_active',
  'upstream_rq_pending_active',
] as const

export const POOL_HISTOGRAMS = {
  upstream_cx_connect_ms: 'ms',
  upstream_cx_length_ms: 'ms',
  upstream_rq_per_cx: 'none',
} as const

/** Counters of discovery; the main thread alone counts them. */
export const UPDATE_COUNTERS = [
  'update_attempt',
  'update_success',
  'update_failure',
  'update_empty',
  'update_no_rebuild',
  'membership_change',
  'assignment_stale',
  'assignment_timeout_received',
  'default.total_match_count',
] as const

/** Gauges that the main thread alone sets; a hot-restart child keeps its own. */
export const UPDATE_GAUGES = [
  'membership_total',
  'membership_healthy',
  'membership_degraded',
  'membership_excluded',
  'max_host_weight',
  'warming_state',
  'version',
] as const

/** Shown from the start; counted by the router, by balancers of some kinds, or by nothing yet. */
export const OTHER_COUNTERS = [
  'assignment_use_cached',
  'lb_local_cluster_not_ok',
  'lb_recalculate_zone_structures',
  'lb_subsets_created',
  'lb_subsets_removed',
  'lb_zone_cluster_too_small',
  'lb_zone_no_capacity_left',
  'lb_zone_routing_all_directly',
  'lb_zone_routing_cross_zone',
  'lb_zone_routing_sampled',
  'retry_or_shadow_abandoned',
  'upstream_cx_connect_attempts_exceeded',
  'upstream_cx_connect_with_0_rtt',
  'upstream_cx_http2_total',
  'upstream_cx_http3_total',
  'upstream_cx_preconnect_skipped',
  'upstream_flow_control_backed_up_total',
  'upstream_flow_control_drained_total',
  'upstream_flow_control_paused_reading_total',
  'upstream_flow_control_resumed_reading_total',
  'upstream_http3_broken',
  'upstream_internal_redirect_failed_total',
  'upstream_internal_redirect_succeeded_total',
  'upstream_rq_0rtt',
  'upstream_rq_completed',
  'upstream_rq_maintenance_mode',
  'upstream_rq_max_duration_reached',
  'upstream_rq_per_try_idle_timeout',
  'upstream_rq_per_try_timeout',
  'upstream_rq_retry',
  'upstream_rq_retry_backoff_exponential',
  'upstream_rq_retry_backoff_ratelimited',
  'upstream_rq_retry_limit_exceeded',
  'upstream_rq_retry_overflow',
  'upstream_rq_retry_success',
  'upstream_rq_rx_reset',
  'upstream_rq_rx_reset_no_error',
  'upstream_rq_timeout',
  'upstream_rq_tx_reset',
] as const

export const OTHER_GAUGES = ['lb_subsets_active', 'upstream_queue_overloaded'] as const

/** Below `http1.`; Envoy creates them with the first codec of a thread. */
const HTTP1_COUNTERS = [
  'http1.dropped_headers_with_underscores',
  'http1.metadata_not_supported_error',
  'http1.requests_rejected_with_underscores_in_headers',
  'http1.response_flood',
] as const

export type ClusterStats = Readonly<Record<(typeof POOL_COUNTERS)[number], Counter>> &
  Readonly<Record<(typeof POOL_GAUGES)[number], Gauge>> &
  Readonly<Record<keyof typeof POOL_HISTOGRAMS, Histogram>>

export type UpdateStats = Readonly<Record<(typeof UPDATE_COUNTERS)[number], Counter>> &
  Readonly<Record<(typeof UPDATE_GAUGES)[number], Gauge>>

/** What connection pools and balancing count on this thread. `scope` is the cluster's. */
export function createClusterStats(scope: Scope): ClusterStats {
  const stats: Record<string, Counter | Gauge | Histogram> = {}
  for (const name of POOL_COUNTERS) stats[name] = scope.counter(name)
  for (const name of POOL_GAUGES) stats[name] = scope.gauge(name)
  for (const [name, unit] of Object.entries(POOL_HISTOGRAMS)) stats[name] = scope.histogram(name, unit)
  // The loops above fill in every key of the type, each with its kind.
  return stats as unknown as ClusterStats
}

/** Main thread: what discovery counts with. Looked up by name each time: most clusters use few, and seldom. */
export function createUpdateStats(scope: Scope): UpdateStats {
  // The prototype makes up for every key of the type, each with its kind.
  return new NamedUpdateStats(scope) as unknown as UpdateStats
}

class NamedUpdateStats {
  readonly scope: Scope

  constructor(scope: Scope) {
    this.scope = scope
  }
}

for (const name of UPDATE_COUNTERS) {
  Object.defineProperty(NamedUpdateStats.prototype, name, {
    get(this: NamedUpdateStats) {
      return this.scope.counter(name)
    },
  })
}
for (const name of UPDATE_GAUGES) {
  Object.defineProperty(NamedUpdateStats.prototype, name, {
    get(this: NamedUpdateStats) {
      return this.scope.gauge(name, 'never')
    },
  })
}

export function createHttp1Stats(scope: Scope): void {
  for (const name of HTTP1_COUNTERS) scope.counter(name)
}
