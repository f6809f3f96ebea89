/** The end of a stream, or now while it goes on, in monotonic ms. Without a clock it is the last that is known to have happened. */
import type { StreamInfo } from '../../api/stream-info.ts'

export function latestPoint(info: StreamInfo): number {
  const known = info.endTime ?? info.now
  if (known !== undefined) return known
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
