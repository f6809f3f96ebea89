/** `<stat_prefix>.http_bandwidth_limit.`, of the whole server: not below the connection manager's prefix. */
import type { Counter, Gauge, Histogram, Scope } from '../../../../api/stats.ts'

export interface BandwidthStats {
  readonly enabled: Counter
  /** Times that body had to wait. */
  readonly enforced: Counter
  /** Streams with body on its way. */
  readonly pending: Gauge
  /** Bytes of the latest piece. */
  readonly incomingSize: Gauge
  readonly incomingTotalSize: Counter
  readonly allowedSize: Gauge
  readonly allowedTotalSize: Counter
  readonly transferDuration: Histogram
}

export function createBandwidthStats(
  scope: Scope,
  statPrefix: string,
  direction: 'request' | 'response',
): BandwidthStats {
  const own = scope.scope(`${statPrefix}.http_bandwidth_limit.`)
  return {
    enabled: own.counter(`${direction}_enabled`),
    enforced: own.counter(`${direction}_enforced`),
    pending: own.gauge(`${direction}_pending`, 'accumulate'),
    incomingSize: own.gauge(`${direction}_incoming_size`, 'accumulate'),
    incomingTotalSize: own.counter(`${direction}_incoming_total_size`),
    allowedSize: own.gauge(`${direction}_allowed_size`, 'accumulate'),
    allowedTotalSize: own.counter(`${direction}_allowed_total_size`),
    transferDuration: own.histogram(`${direction}_transfer_duration`, 'ms'),
  }
}
