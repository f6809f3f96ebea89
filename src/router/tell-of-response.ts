/** What outlier detection and health checks learn from the head of a response. */
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { HostMonitor } from '../api/upstream.ts'
import { isGrpcRequest } from '../http/local-reply/grpc-status.ts'

export function tellOfResponse(monitor: HostMonitor, request: RequestHeaders, response: ResponseHeaders): void {
  monitor.response(statusOf(request, response))
  if (response.get('x-envoy-immediate-health-check-fail') !== undefined) monitor.immediateFailure()
}

/** A gRPC status in the head says more than the 200 beside it. One in the trailers comes too late, in Envoy too. */
function statusOf(request: RequestHeaders, response: ResponseHeaders): number {
  if (!isGrpcRequest(request)) return response.status
  const status = response.get('grpc-status')
  return status === undefined ? response.status : (HTTP_STATUS_OF_GRPC[Number(status)] ?? 500)
}

/** By grpc-status, as google.rpc.Code maps them. */
const HTTP_STATUS_OF_GRPC: readonly number[] = [
  200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
]
