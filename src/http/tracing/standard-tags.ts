/** The tags that each span of a request has (Envoy docs: intro/arch_overview/observability/tracing). */
import type { FormatterContext } from '../../api/access-log.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { AttemptFacts, Span } from '../../api/tracing.ts'
import { toWireText } from '../../base/wire-text.ts'
import { isGrpcRequest } from '../local-reply/grpc-status.ts'
import { isServerError } from '../server-error.ts'

/** Of the span of a whole request. */
export function tagRequest(span: Span, context: FormatterContext, maxPathTagLength: number): void {
  const { request, streamInfo: info } = context
  if (request !== undefined) {
    const id = request.get('x-request-id')
    if (id !== undefined) span.setTag('guid:x-request-id', id)
    span.setTag('http.url', urlOf(request, maxPathTagLength))
    span.setTag('http.method', request.method)
    span.setTag('downstream_cluster', request.get('x-envoy-downstream-service-cluster') ?? '-')
    span.setTag('user_agent', request.get('user-agent') ?? '-')
    span.setTag('http.protocol', info.protocol ?? '-')
    span.setTag('peer.address', peerOf(info))
    const clientTraceId = request.get('x-client-trace-id')
    if (clientTraceId !== undefined) span.setTag('guid:x-client-trace-id', clientTraceId)
    if (isGrpcRequest(request)) tagGrpcRequest(span, request)
  }
  span.setTag('request_size', String(info.bytesReceived))
  span.setTag('response_size', String(info.bytesSent))
  tagOutcome(span, context)
}

/** Of the span of one attempt. */
export function tagAttempt(span: Span, facts: AttemptFacts): void {
  const { streamInfo: info } = facts
  span.setTag('http.protocol', info.upstream?.protocol ?? '-')
  const address = info.upstream?.host?.address
  if (address !== undefined) {
    const text = toWireText(address.text)
    span.setTag('upstream_address', text)
    span.setTag('peer.address', text)
  }
  tagOutcome(span, facts)
}

function tagOutcome(span: Span, { streamInfo: info, response, responseTrailers }: AttemptFacts): void {
  span.setTag('component', 'proxy')
  const cluster = info.upstreamCluster
  if (cluster !== undefined) {
    span.setTag('upstream_cluster', toWireText(cluster.name))
    span.setTag('upstream_cluster.name', toWireText(cluster.observabilityName))
  }
  span.setTag('http.status_code', String(info.responseCode))
  span.setTag('response_flags', info.flags.length === 0 ? '-' : info.flags.join())
  const outcome = responseTrailers?.has('grpc-status') === true ? responseTrailers : response
  if (outcome?.has('grpc-status') === true) tagGrpcOutcome(span, outcome)
  const { responseCode } = info
  if (responseCode === 0 || isServerError(responseCode)) span.setTag('error', 'true')
}

function tagGrpcRequest(span: Span, request: RequestHeaders): void {
  span.setTag('grpc.path', request.path)
  span.setTag('grpc.authority', request.authority ?? '')
  span.setTag('grpc.content_type', request.get('content-type') ?? '')
  const timeout = request.get('grpc-timeout')
  if (timeout !== undefined) span.setTag('grpc.timeout', timeout)
}

/** Of the statuses of gRPC, those that are not the client's doing. */
const SERVER_ERRORS: ReadonlySet<string> = new Set(['2', '4', '8', '12', '13', '14', '15'])

function tagGrpcOutcome(span: Span, headers: { get(name: string): string | undefined }): void {
  const status = headers.get('grpc-status') ?? ''
  span.setTag('grpc.status_code', status)
  const message = headers.get('grpc-message')
  if (message !== undefined) span.setTag('grpc.message', message)
  if (SERVER_ERRORS.has(status)) span.setTag('error', 'true')
}

/** As the client asked, before any rewrite. */
function urlOf(request: RequestHeaders, maxPathTagLength: number): string {
  const path = request.get('x-envoy-original-path') ?? request.path
  return `${request.scheme ?? ''}://${request.authority ?? ''}${path.slice(0, maxPathTagLength)}`
}

function peerOf({ connection }: StreamInfo): string {
  const address = connection.directRemoteAddress
  return address.kind === 'ip' ? address.ip : toWireText(address.text)
}
