/** What is known about the upstream of an attempt that got no connection (`host` undefined: nor asked a host for one). */
import type { UpstreamInfo } from '../api/stream-info.ts'
import type { Host } from '../api/upstream.ts'

export function failedUpstream(host: Host | undefined, transportFailureReason: string): UpstreamInfo {
  return {
    host,
    localAddress: undefined,
    remoteAddress: undefined,
    transportFailureReason,
    connectionId: undefined,
    protocol: undefined,
    meter: undefined,
    firstTxByte: undefined,
    lastTxByte: undefined,
    firstRxByte: undefined,
    lastRxByte: undefined,
    connectStart: undefined,
    connectEnd: undefined,
    numStreams: 0,
    attemptedHosts: [],
  }
}
