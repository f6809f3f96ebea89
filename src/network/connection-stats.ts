/** Counters that a connection keeps for its owner. */
import type { Counter, Gauge } from '../api/stats.ts'

export interface ConnectionStats {
  readonly rxTotal: Counter
  readonly rxBuffered: Gauge
  readonly txTotal: Counter
  readonly txBuffered: Gauge
  readonly delayedCloseTimeouts?: Counter
}
