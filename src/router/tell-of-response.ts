/** What outlier detection and health checks learn from the head of a response. */
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { HostMonitor } from '../api/upstream.ts'
import { isGrpcRequest } from '../http/local-reply/grpc-status.ts'
import { httpStatusOfGrpc } from './grpc-outcome.ts'

/** `isError`: what counts as a failure, whatever the status; see ClusterHttpPolicies. */
export function tellOfResponse(
  monitor: HostMonitor,
  request: RequestHeaders,
  response: ResponseHeaders,
  isError: ((response: ResponseHeaders) => boolean) | undefined,
): void {
  const status = statusOf(request, response, isError)
  monitor.response(status)
  if (monitor.degraded !== undefined && status < 500 && response.get('x-envoy-degraded') !== undefined) {
    monitor.degraded()
  }
  if (response.get('x-envoy-immediate-health-check-fail') !== undefined) monitor.immediateFailure()
}

/** A gRPC status in the head says more than anything else. One in the trailers comes too late, in Envoy too. */
function statusOf(
  request: RequestHeaders,
  response: ResponseHeaders,
  isError: ((response: ResponseHeaders) => boolean) | undefined,
): number {
  const grpcStatus = isGrpcRequest(request) ? httpStatusOfGrpc(response) : undefined
  if (grpcStatus !== undefined) return grpcStatus
  if (isError === undefined) return response.status
  return isError(response) ? 500 : 200
}
