/** When what happened to a request, as events of its span (`verbose`). */
import type { StreamInfo } from '../../api/stream-info.ts'
import type { Span } from '../../api/tracing.ts'

export function logMoments(span: Span, info: StreamInfo): void {
  const { upstream } = info
  log('last_downstream_rx_byte_received', info.lastDownstreamRxByte)
  log('first_upstream_tx_byte_sent', upstream?.firstTxByte)
  log('last_upstream_tx_byte_sent', upstream?.lastTxByte)
  log('first_upstream_rx_byte_received', upstream?.firstRxByte)
  log('last_upstream_rx_byte_received', upstream?.lastRxByte)
  log('first_downstream_tx_byte_sent', info.firstDownstreamTxByte)
  log('last_downstream_tx_byte_sent', info.lastDownstreamTxByte)

  function log(event: string, at: number | undefined): void {
    if (at !== undefined) span.log(info.startTimeWall + (at - info.startTime), event)
  }
}
