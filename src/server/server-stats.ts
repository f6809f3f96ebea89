/** `server.*`: what the process says about itself. Main thread only. */
import type { Counter, Gauge, Histogram, Scope } from '../api/stats.ts'
import { createRouterStats } from '../router/router-stats.ts'

export interface ServerStats {
  readonly live: Gauge
  readonly state: Gauge
  readonly uptime: Gauge
  readonly version: Gauge
  readonly concurrency: Gauge
  readonly totalConnections: Gauge
  readonly parentConnections: Gauge
  readonly hotRestartEpoch: Gauge
  readonly memoryAllocated: Gauge
  readonly memoryHeapSize: Gauge
  readonly memoryPhysicalSize: Gauge
  readonly staticUnknownFields: Counter
  readonly wipProtos: Counter
  readonly droppedStatFlushes: Counter
  readonly initializationTimeMs: Histogram
}

/** No certificate is loaded yet, which Envoy says with the largest number. */
const NO_CERTIFICATE_DAYS = 0xffffffff

/** At zero until the features behind them exist: nothing here can cause what they count. */
const UNTOUCHED_COUNTERS = ['debug_assertion_failures', 'envoy_bug_failures', 'envoy_notifications'] as const

export function createServerStats(root: Scope): ServerStats {
  const scope = root.scope('server.')
  for (const name of UNTOUCHED_COUNTERS) scope.counter(name)
  // What 0 was added to shows as used.
  scope.counter('dynamic_unknown_fields').add(0)
  scope.gauge('compilation_settings.fips_mode', 'never').set(0)
  scope.gauge('seconds_until_first_ocsp_response_expiring', 'never')
  scope.gauge('stats_recent_lookups', 'never').set(0)
  scope.gauge('days_until_first_cert_expiring', 'never').set(NO_CERTIFICATE_DAYS)
  return {
    live: scope.gauge('live', 'never'),
    state: scope.gauge('state', 'never'),
    uptime: scope.gauge('uptime', 'never'),
    version: scope.gauge('version', 'never'),
    concurrency: scope.gauge('concurrency', 'never'),
    totalConnections: scope.gauge('total_connections', 'never'),
    parentConnections: scope.gauge('parent_connections', 'never'),
    hotRestartEpoch: scope.gauge('hot_restart_epoch', 'never'),
    memoryAllocated: scope.gauge('memory_allocated', 'never'),
    memoryHeapSize: scope.gauge('memory_heap_size', 'never'),
    memoryPhysicalSize: scope.gauge('memory_physical_size', 'never'),
    staticUnknownFields: scope.counter('static_unknown_fields'),
    wipProtos: scope.counter('wip_protos'),
    droppedStatFlushes: scope.counter('dropped_stat_flushes'),
    initializationTimeMs: scope.histogram('initialization_time_ms', 'ms'),
  }
}

/** Names outside of `server.` that Envoy shows from the start and that nothing here can move yet. */
export function createUntouchedStats(root: Scope): void {
  createRouterStats(root.scope('http.async-client'))
  root.counter('envoy.overload_actions.reset_high_memory_stream.count')
  root.histogram('overload.refresh_interval_delay', 'ms')
}
