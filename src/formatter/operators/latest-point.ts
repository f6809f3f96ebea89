/**
 * The latest time that a stream knows of, in monotonic ms: its end in logs. Formats have no clock; a record is written in
 * the turn of the loop in which the stream ends, and that turn has one time.
 */
import type { StreamInfo } from '../../api/stream-info.ts'

export function latestPoint(info: StreamInfo): number {
  if (info.endTime !== undefined) return info.endTime
  const { upstream } = info
  return Math.max(
    info.startTime,
    info.lastDownstreamRxByte ?? 0,
    info.firstDownstreamTxByte ?? 0,
    info.lastDownstreamTxByte ?? 0,
    upstream?.poolReady ?? 0,
    upstream?.lastTxByte ?? 0,
    upstream?.lastRxByte ?? 0,
  )
}
