/** `tcp.<stat_prefix>.`; all exist from the start. */
import type { Counter, Gauge, Scope } from '../../../../api/stats.ts'

const COUNTERS = {
  cxDrainClose: 'downstream_cx_drain_close',
  cxNoRoute: 'downstream_cx_no_route',
  /** Of the load shed points `tcp_proxy_…`. */
  cxOverloadClose: 'downstream_cx_overload_close',
  cxRxBytesTotal: 'downstream_cx_rx_bytes_total',
  cxTotal: 'downstream_cx_total',
  cxTxBytesTotal: 'downstream_cx_tx_bytes_total',
  flowControlPausedReading: 'downstream_flow_control_paused_reading_total',
  flowControlResumedReading: 'downstream_flow_control_resumed_reading_total',
  /** Deliveries of bytes before there was an upstream. */
  earlyDataReceived: 'early_data_received_count_total',
  /** Of clusters on demand, which are refused. */
  routeDelayed: 'route_delayed_total',
  idleTimeout: 'idle_timeout',
  maxDuration: 'max_downstream_connection_duration',
  upstreamFlushTotal: 'upstream_flush_total',
} as const

const GAUGES = {
  cxRxBytesBuffered: 'downstream_cx_rx_bytes_buffered',
  cxTxBytesBuffered: 'downstream_cx_tx_bytes_buffered',
  upstreamFlushActive: 'upstream_flush_active',
} as const

export type TcpProxyStats = { readonly [K in keyof typeof COUNTERS]: Counter } & {
  readonly [K in keyof typeof GAUGES]: Gauge
}

export function createTcpProxyStats(scope: Scope): TcpProxyStats {
  return { ...each(COUNTERS, (name) => scope.counter(name)), ...each(GAUGES, (name) => scope.gauge(name)) }
}

function each<T extends Readonly<Record<string, string>>, V>(
  names: T,
  make: (name: string) => V,
): { [K in keyof T]: V } {
  const made: Partial<{ [K in keyof T]: V }> = {}
  for (const key in names) made[key] = make(names[key]!)
  return made as { [K in keyof T]: V }
}
