/** What outlier detection and health checks learn from the head of a response. */
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { HostMonitor } from '../api/upstream.ts'
import { isGrpcRequest } from '../http/local-reply/grpc-status.ts'

/** `isError`: what counts as a failure, whatever the status; see ClusterHttpPolicies. */
export function tellOfResponse(
  monitor: HostMonitor,
  request: RequestHeaders,
  response: ResponseHeaders,
  isError: ((response: ResponseHeaders) => boolean) | undefined,
): void {
  monitor.response(statusOf(request, response, isError))
  if (response.get('x-envoy-immediate-health-check-fail') !== undefined) monitor.immediateFailure()
}

/** A gRPC status in the head says more than anything else. One in the trailers comes too late, in Envoy too. */
function statusOf(
  request: RequestHeaders,
  response: ResponseHeaders,
  isError: ((response: ResponseHeaders) => boolean) | undefined,
): number {
  const grpcStatus = isGrpcRequest(request) ? response.get('grpc-status') : undefined
  if (grpcStatus !== undefined) return HTTP_STATUS_OF_GRPC[Number(grpcStatus)] ?? 500
  if (isError === undefined) return response.status
  return isError(response) ? 500 : 200
}

/** By grpc-status, as google.rpc.Code maps them. */
const HTTP_STATUS_OF_GRPC: readonly number[] = [
  200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
]
