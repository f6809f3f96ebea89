/** A stream is described by its latest attempt; its bytes are those of all. */
import type { BytesMeter } from '../api/codec.ts'
import type { StreamInfo, UpstreamInfo } from '../api/stream-info.ts'
import { failedUpstream } from './failed-upstream.ts'

export function describeAttempt(info: StreamInfo, attempt: UpstreamInfo): void {
  const before = info.upstream?.meter
  info.upstream = attempt
  if (before === undefined || before === attempt.meter) return
  if (attempt.meter === undefined) attempt.meter = before
  else add(attempt.meter, before)
}

/** Before another one, for which there may be no host; its bytes stay. */
export function forgetAttempt(info: StreamInfo): void {
  const meter = info.upstream?.meter
  info.upstream = meter === undefined ? undefined : { ...failedUpstream(undefined, ''), meter }
}

function add(meter: BytesMeter, other: BytesMeter): void {
  meter.headerBytesReceived += other.headerBytesReceived
  meter.headerBytesSent += other.headerBytesSent
  meter.decompressedHeaderBytesReceived += other.decompressedHeaderBytesReceived
  meter.wireBytesReceived += other.wireBytesReceived
  meter.wireBytesSent += other.wireBytesSent
}
