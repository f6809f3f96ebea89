/** Whether a gRPC request succeeded, as a host is charged with it: the response's status says it, often only in trailers. */
import type { HeaderMap, RequestHeaders } from '../api/headers.ts'
import type { Host } from '../api/upstream.ts'
import { isGrpcRequest } from '../http/local-reply/grpc-status.ts'

/** The HTTP status that the grpc-status in a head or in trailers stands for; undefined where there is none. */
export function httpStatusOfGrpc(fields: HeaderMap): number | undefined {
  const status = fields.get('grpc-status')
  return status === undefined ? undefined : (HTTP_STATUS_OF_GRPC[Number(status)] ?? 500)
}

/** By grpc-status, as google.rpc.Code maps them. */
const HTTP_STATUS_OF_GRPC: readonly number[] = [
  200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
]

/** Charges `host` with a response whose head is no 5xx. True when its trailers have yet to say how it went. */
export function chargeHead(host: Host, request: RequestHeaders, response: HeaderMap, end: boolean): boolean {
  if (!isGrpcRequest(request)) {
    host.stats.rqSuccess()
    return false
  }
  if (end) chargeOutcome(host, response)
  return !end
}

/** `fields` should have the status; undefined: the response ended without trailers. */
export function chargeOutcome(host: Host, fields: HeaderMap | undefined): void {
  const status = fields === undefined ? undefined : httpStatusOfGrpc(fields)
  if (status !== undefined && status < 500) host.stats.rqSuccess()
  else host.stats.rqError()
}
