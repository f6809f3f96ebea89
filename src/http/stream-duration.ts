/** How long a stream may last: what its route says, or the client by grpc-timeout where the route listens to it. */
import type { RequestHeaders } from '../api/headers.ts'
import type { RouteEntry } from '../api/route.ts'
import { grpcTimeoutMs, setGrpcTimeout } from './grpc-timeout.ts'
import { isGrpcRequest } from './local-reply/grpc-status.ts'

/** ms; undefined: no limit. `managerMs`: the connection manager's, 0 for none. Tells the upstream by grpc-timeout. */
export function streamDuration(entry: RouteEntry, headers: RequestHeaders, managerMs: number): number | undefined {
  const { grpcTimeoutHeader: header, maxStreamDurationMs: routeMs } = entry
  const asked = header === undefined ? undefined : grpcTimeoutMs(headers)
  const ms =
    header === undefined || asked === undefined
      ? // A route's 0 means no limit, whatever the connection manager says.
        (routeMs ?? managerMs) || undefined
      : within(asked, header.maxMs, header.offsetMs)
  if (ms !== undefined && entry.usesStreamDuration && isGrpcRequest(headers)) setGrpcTimeout(headers, ms)
  return ms
}

/** 0 as `maxMs` limits nothing. */
function within(asked: number, maxMs: number, offsetMs: number): number {
  const capped = maxMs > 0 ? Math.min(asked, maxMs) : asked
  return Math.max(0, capped - offsetMs)
}
