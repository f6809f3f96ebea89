/** What a downstream connection counts when it begins and when it ends. */
import type { Connection } from '../api/network.ts'
import type { ConnectionManagerStats } from './connection-manager-stats.ts'

export function countConnection(stats: ConnectionManagerStats, { ssl }: Connection): void {
  stats.cxTotal.inc()
  stats.cxActive.inc()
  if (ssl === undefined) return
  stats.cxSslTotal.inc()
  stats.cxSslActive.inc()
}

/** `lengthMs`: how long it was there; `hasCodec`: bytes had come; `softDrain`: its next response would have been the last. */
export function countConnectionEnd(
  stats: ConnectionManagerStats,
  { ssl }: Connection,
  lengthMs: number,
  hasCodec: boolean,
  softDrain: boolean,
): void {
  stats.cxDestroy.inc()
  stats.cxActive.dec()
  if (ssl !== undefined) stats.cxSslActive.dec()
  if (hasCodec) stats.cxHttp1Active.dec()
  if (softDrain) stats.cxHttp1SoftDrain.dec()
  stats.cxLengthMs.record(lengthMs)
}

/** There were streams when it ended. `local`: it was ended here. */
export function countCutStreams(stats: ConnectionManagerStats, local: boolean): void {
  stats.cxDestroyActiveRq.inc()
  if (local) stats.cxDestroyLocalActiveRq.inc()
  else stats.cxDestroyRemoteActiveRq.inc()
}
