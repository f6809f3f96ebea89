/** Turns a LocalReply into response headers and a body. */
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import type { LocalReply } from '../../api/http.ts'
import { encodeGrpcMessage, grpcStatusOfHttp, isGrpcRequest } from './grpc-status.ts'

export interface BuiltReply {
  readonly headers: ResponseHeaders
  /** latin1; '' when the headers end the response. */
  readonly body: string
}

/** `headers` is an empty map of the reply's status. */
export function buildLocalReply(
  reply: LocalReply,
  request: RequestHeaders | undefined,
  headers: ResponseHeaders,
): BuiltReply {
  reply.modifyHeaders?.(headers)
  if (request !== undefined && isGrpcRequest(request)) return grpcReply(reply, request, headers)
  if (reply.body === '') {
    headers.remove('content-length')
    headers.remove('content-type')
    return { headers, body: '' }
  }
  headers.set('content-length', String(reply.body.length))
  if (!headers.has('content-type')) headers.set('content-type', 'text/plain')
  return { headers, body: request?.method === 'HEAD' ? '' : reply.body }
}

/** Trailers-only: status 200, everything in the head. */
function grpcReply(reply: LocalReply, request: RequestHeaders, headers: ResponseHeaders): BuiltReply {
  headers.status = 200
  headers.set('content-type', 'application/grpc')
  headers.remove('content-length')
  if (!headers.has('grpc-status')) headers.set('grpc-status', String(reply.grpcStatus ?? grpcStatusOfHttp(reply.status)))
  if (reply.body !== '' && request.method !== 'HEAD') headers.set('grpc-message', encodeGrpcMessage(reply.body))
  return { headers, body: '' }
}
