/** `tcp_stats.` of a cluster or a listener, as Envoy 1.40 has them. */
import type { Counter, Gauge, Histogram, Scope } from '../../../api/stats.ts'
import type { TcpInfo } from '../../../network/tcp-info.ts'

/** Counted up by what became more. */
const COUNTERS = {
  bytesReceived: 'cx_rx_bytes_received',
  dataSegmentsIn: 'cx_rx_data_segments',
  segmentsIn: 'cx_rx_segments',
  bytesSent: 'cx_tx_bytes_sent',
  dataSegmentsOut: 'cx_tx_data_segments',
  retransmitted: 'cx_tx_retransmitted_segments',
  segmentsOut: 'cx_tx_segments',
} as const satisfies Partial<Record<keyof TcpInfo, string>>

const GAUGES = {
  unacknowledged: 'cx_tx_unacked_segments',
  unsentBytes: 'cx_tx_unsent_bytes',
} as const satisfies Partial<Record<keyof TcpInfo, string>>

type Field = keyof typeof COUNTERS | keyof typeof GAUGES

/** What was counted of one connection so far. */
export type Counted = Record<Field, number>

const PARTS = 1_000_000

export class TcpStats {
  readonly #counters: readonly (readonly [keyof typeof COUNTERS, Counter])[]
  readonly #gauges: readonly (readonly [keyof typeof GAUGES, Gauge])[]
  readonly #rttUs: Histogram
  readonly #rttVarianceUs: Histogram
  readonly #retransmittedPart: Histogram

  constructor(parent: Scope) {
    const scope = parent.scope('tcp_stats')
    this.#counters = entries(COUNTERS).map(([field, name]) => [field, scope.counter(name)])
    this.#gauges = entries(GAUGES).map(([field, name]) => [field, scope.gauge(name)])
    this.#rttUs = scope.histogram('cx_rtt_us', 'us')
    this.#rttVarianceUs = scope.histogram('cx_rtt_variance_us', 'us')
    this.#retransmittedPart = scope.histogram('cx_tx_percent_retransmitted_segments', 'percent')
  }

  /** `before` becomes what is counted now. */
  record(info: TcpInfo, before: Counted): void {
    const sent = info.dataSegmentsOut - before.dataSegmentsOut
    const again = info.retransmitted - before.retransmitted
    if (sent > 0 && again >= 0) this.#retransmittedPart.record(Math.floor((again * PARTS) / sent) / PARTS)
    for (const [field, counter] of this.#counters) {
      const more = info[field] - before[field]
      if (more > 0) counter.add(more)
      before[field] = info[field]
    }
    for (const [field, gauge] of this.#gauges) {
      gauge.add(info[field] - before[field])
      before[field] = info[field]
    }
    this.#rttUs.record(info.rttUs)
    this.#rttVarianceUs.record(info.rttVarianceUs)
  }

  /** Nothing is on its way on a connection that has ended, whatever the system says. */
  forget(counted: Counted): void {
    for (const [field, gauge] of this.#gauges) gauge.sub(counted[field])
  }
}

export function nothingCounted(): Counted {
  return {
    bytesReceived: 0,
    dataSegmentsIn: 0,
    segmentsIn: 0,
    bytesSent: 0,
    dataSegmentsOut: 0,
    retransmitted: 0,
    segmentsOut: 0,
    unacknowledged: 0,
    unsentBytes: 0,
  }
}

function entries<T extends Readonly<Record<string, string>>>(names: T): [keyof T & string, string][] {
  return Object.entries(names)
}
