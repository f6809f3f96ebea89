/** The counters under `http.<stat_prefix>.` and `listener.<address>.http.<stat_prefix>.`; all exist from the start. */
import type { Counter, Gauge, Histogram, Scope } from '../api/stats.ts'

const COUNTERS = {
  cxDelayedCloseTimeout: 'downstream_cx_delayed_close_timeout',
  cxDestroy: 'downstream_cx_destroy',
  cxDestroyActiveRq: 'downstream_cx_destroy_active_rq',
  cxDestroyLocal: 'downstream_cx_destroy_local',
  cxDestroyLocalActiveRq: 'downstream_cx_destroy_local_active_rq',
  cxDestroyRemote: 'downstream_cx_destroy_remote',
  cxDestroyRemoteActiveRq: 'downstream_cx_destroy_remote_active_rq',
  cxDrainClose: 'downstream_cx_drain_close',
  cxHttp1Total: 'downstream_cx_http1_total',
  cxHttp2Total: 'downstream_cx_http2_total',
  cxHttp3Total: 'downstream_cx_http3_total',
  cxIdleTimeout: 'downstream_cx_idle_timeout',
  cxMaxDurationReached: 'downstream_cx_max_duration_reached',
  cxMaxRequestsReached: 'downstream_cx_max_requests_reached',
  cxOverloadDisableKeepalive: 'downstream_cx_overload_disable_keepalive',
  cxProtocolError: 'downstream_cx_protocol_error',
  cxRxBytesTotal: 'downstream_cx_rx_bytes_total',
  cxSslTotal: 'downstream_cx_ssl_total',
  cxTotal: 'downstream_cx_total',
  cxTxBytesTotal: 'downstream_cx_tx_bytes_total',
  cxUpgradesTotal: 'downstream_cx_upgrades_total',
  flowControlPausedReading: 'downstream_flow_control_paused_reading_total',
  flowControlResumedReading: 'downstream_flow_control_resumed_reading_total',
  rq1xx: 'downstream_rq_1xx',
  rq2xx: 'downstream_rq_2xx',
  rq3xx: 'downstream_rq_3xx',
  rq4xx: 'downstream_rq_4xx',
  rq5xx: 'downstream_rq_5xx',
  rqCompleted: 'downstream_rq_completed',
  rqFailedPathNormalization: 'downstream_rq_failed_path_normalization',
  rqHeaderTimeout: 'downstream_rq_header_timeout',
  rqHttp1Total: 'downstream_rq_http1_total',
  rqHttp2Total: 'downstream_rq_http2_total',
  rqHttp3Total: 'downstream_rq_http3_total',
  rqIdleTimeout: 'downstream_rq_idle_timeout',
  rqMaxDurationReached: 'downstream_rq_max_duration_reached',
  rqNonRelativePath: 'downstream_rq_non_relative_path',
  rqOverloadClose: 'downstream_rq_overload_close',
  rqRedirectedWithNormalizedPath: 'downstream_rq_redirected_with_normalized_path',
  rqRejectedViaIpDetection: 'downstream_rq_rejected_via_ip_detection',
  rqResponseBeforeRqComplete: 'downstream_rq_response_before_rq_complete',
  rqRxReset: 'downstream_rq_rx_reset',
  rqTimeout: 'downstream_rq_timeout',
  rqTooLarge: 'downstream_rq_too_large',
  rqTooManyPrematureResets: 'downstream_rq_too_many_premature_resets',
  rqTotal: 'downstream_rq_total',
  rqTxReset: 'downstream_rq_tx_reset',
  rqWsOnNonWsRoute: 'downstream_rq_ws_on_non_ws_route',
  rsTooLarge: 'rs_too_large',
} as const

const TRACING_COUNTERS = {
  tracingClientEnabled: 'tracing.client_enabled',
  tracingHealthCheck: 'tracing.health_check',
  tracingNotTraceable: 'tracing.not_traceable',
  tracingRandomSampling: 'tracing.random_sampling',
  tracingServiceForced: 'tracing.service_forced',
} as const

const GAUGES = {
  cxActive: 'downstream_cx_active',
  cxHttp1Active: 'downstream_cx_http1_active',
  cxHttp1SoftDrain: 'downstream_cx_http1_soft_drain',
  cxHttp2Active: 'downstream_cx_http2_active',
  cxHttp3Active: 'downstream_cx_http3_active',
  cxRxBytesBuffered: 'downstream_cx_rx_bytes_buffered',
  cxSslActive: 'downstream_cx_ssl_active',
  cxTxBytesBuffered: 'downstream_cx_tx_bytes_buffered',
  cxUpgradesActive: 'downstream_cx_upgrades_active',
  rqActive: 'downstream_rq_active',
} as const

const LISTENER_COUNTERS = {
  listenerRq1xx: 'downstream_rq_1xx',
  listenerRq2xx: 'downstream_rq_2xx',
  listenerRq3xx: 'downstream_rq_3xx',
  listenerRq4xx: 'downstream_rq_4xx',
  listenerRq5xx: 'downstream_rq_5xx',
  listenerRqCompleted: 'downstream_rq_completed',
} as const

export type ConnectionManagerStats = {
  readonly [K in keyof typeof COUNTERS | keyof typeof LISTENER_COUNTERS]: Counter
} & { readonly [K in keyof typeof GAUGES]: Gauge } & {
  readonly cxLengthMs: Histogram
  readonly rqTime: Histogram
  /** Undefined where they are not asked for. */
  readonly routeResolution: { readonly timeUs: Histogram; readonly resolutions: Histogram } | undefined
  /** Absent where nothing can be traced (the admin server). */
  readonly tracing: { readonly [K in keyof typeof TRACING_COUNTERS]: Counter } | undefined
}

/** `httpScope` is `http.<prefix>.`, `listenerHttpScope` is `listener.<address>.http.<prefix>.`. */
export function createConnectionManagerStats(
  httpScope: Scope,
  listenerHttpScope: Scope,
  options: { readonly traceable: boolean; readonly recordsRouteResolution: boolean },
): ConnectionManagerStats {
  return {
    ...each(COUNTERS, (name) => httpScope.counter(name)),
    ...each(LISTENER_COUNTERS, (name) => listenerHttpScope.counter(name)),
    ...each(GAUGES, (name) => httpScope.gauge(name)),
    cxLengthMs: httpScope.histogram('downstream_cx_length_ms', 'ms'),
    rqTime: httpScope.histogram('downstream_rq_time', 'ms'),
    routeResolution: options.recordsRouteResolution
      ? {
          timeUs: httpScope.histogram('downstream_rq_route_resolution_time_us', 'us'),
          resolutions: httpScope.histogram('downstream_rq_route_resolutions'),
        }
      : undefined,
    tracing: options.traceable ? each(TRACING_COUNTERS, (name) => httpScope.counter(name)) : undefined,
  }
}

function each<T extends Readonly<Record<string, string>>, V>(
  names: T,
  make: (name: string) => V,
): { [K in keyof T]: V } {
  const made: Partial<{ [K in keyof T]: V }> = {}
  for (const key in names) made[key] = make(names[key]!)
  return made as { [K in keyof T]: V }
}

/** A response (also an informational one) went to the client. */
export function countResponse(stats: ConnectionManagerStats, status: number): void {
  stats.rqCompleted.inc()
  stats.listenerRqCompleted.inc()
  if (status < 100) return
  if (status < 200) {
    stats.rq1xx.inc()
    stats.listenerRq1xx.inc()
  } else if (status < 300) {
    stats.rq2xx.inc()
    stats.listenerRq2xx.inc()
  } else if (status < 400) {
    stats.rq3xx.inc()
    stats.listenerRq3xx.inc()
  } else if (status < 500) {
    stats.rq4xx.inc()
    stats.listenerRq4xx.inc()
  } else if (status < 600) {
    stats.rq5xx.inc()
    stats.listenerRq5xx.inc()
  }
}
