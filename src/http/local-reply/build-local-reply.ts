/** Turns a LocalReply into response headers and a body (Envoy's Http::Utility::prepareLocalReply). */
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import type { LocalReply } from '../../api/http.ts'
import { grpcOfHttp } from '../../formatter/operators/grpc-status.ts'
import { encodeGrpcMessage } from './grpc-status.ts'

const TEXT_PLAIN = 'text/plain'

/** A reply on its way from cause to wire; what local_reply_config may change of it. */
export interface LocalReplyDraft {
  readonly headers: ResponseHeaders
  /** latin1; '' when the headers end the response. */
  body: string
  contentType: string
}

/** local_reply_config of one connection manager, bound to a stream. */
export type RewriteLocalReply = (draft: LocalReplyDraft) => void

/**
 * `headers` is an empty map of the reply's status. The draft's `body` is what is to be sent. `grpc`: the request was gRPC when it
 * came, whatever became of its content-type since.
 */
export function buildLocalReply(
  reply: LocalReply,
  request: RequestHeaders | undefined,
  grpc: boolean,
  headers: ResponseHeaders,
  rewrite: RewriteLocalReply | undefined,
): LocalReplyDraft {
  reply.modifyHeaders?.(headers)
  const draft: LocalReplyDraft = { headers, body: reply.body, contentType: TEXT_PLAIN }
  const typeBefore = headers.get('content-type')
  rewrite?.(draft)
  if (request !== undefined && grpc) toGrpc(reply, request, draft)
  else if (draft.body === '') {
    headers.remove('content-length')
    headers.remove('content-type')
  } else {
    headers.set('content-length', String(draft.body.length))
    const type = headers.get('content-type')
    // A rewritten body takes its own type along, unless a type was configured with it.
    if (type === undefined || (draft.body !== reply.body && type === typeBefore)) {
      headers.set('content-type', draft.contentType)
    }
    if (request?.method === 'HEAD') draft.body = ''
  }
  return draft
}

/** Trailers-only: status 200, everything in the head. */
function toGrpc(reply: LocalReply, request: RequestHeaders, draft: LocalReplyDraft): void {
  const { headers } = draft
  const status = headers.status
  headers.status = 200
  headers.set('content-type', 'application/grpc')
  headers.remove('content-length')
  if (!headers.has('grpc-status')) headers.set('grpc-status', String(reply.grpcStatus ?? grpcOfHttp(status)))
  if (draft.body !== '' && request.method !== 'HEAD') {
    headers.set('grpc-message', encodeGrpcMessage(withoutLastNewline(draft)))
  }
  draft.body = ''
}

/** JSON formats end with a newline, which has no place in a header. */
function withoutLastNewline({ body, contentType }: LocalReplyDraft): string {
  return contentType === 'application/json' && body.endsWith('\n') ? body.slice(0, -1) : body
}
