/** `listener.admin.*`: the names that a listener has, on the main thread. */
import type { Counter, Gauge, Histogram, Scope } from '../api/stats.ts'

export interface AdminListenerStats {
  readonly acceptedPerEvent: Histogram
  /** Shown as used once there was a connection. */
  readonly preCxActive: Gauge
  readonly cxTotal: Counter
  readonly cxActive: Gauge
  readonly cxDestroy: Counter
  readonly cxLengthMs: Histogram
  readonly threadCxTotal: Counter
  readonly threadCxActive: Gauge
}

/** At zero: nothing of the admin listener can cause them. */
const OTHER_COUNTERS = [
  'downstream_cx_overflow',
  'downstream_cx_overload_reject',
  'downstream_cx_transport_socket_connect_timeout',
  'downstream_global_cx_overflow',
  'downstream_listener_filter_error',
  'downstream_listener_filter_remote_close',
  'downstream_pre_cx_timeout',
  'no_filter_chain_match',
] as const

/** `scope` is `listener.admin.`. */
export function createAdminListenerStats(scope: Scope): AdminListenerStats {
  for (const name of OTHER_COUNTERS) scope.counter(name)
  const thread = scope.scope('main_thread.')
  return {
    acceptedPerEvent: scope.histogram('connections_accepted_per_socket_event', 'none'),
    preCxActive: scope.gauge('downstream_pre_cx_active'),
    cxTotal: scope.counter('downstream_cx_total'),
    cxActive: scope.gauge('downstream_cx_active'),
    cxDestroy: scope.counter('downstream_cx_destroy'),
    cxLengthMs: scope.histogram('downstream_cx_length_ms', 'ms'),
    threadCxTotal: thread.counter('downstream_cx_total'),
    threadCxActive: thread.gauge('downstream_cx_active'),
  }
}
