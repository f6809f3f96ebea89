/**
 * What the connection manager answers by itself: cause → status, body, details, flag. Bodies are Envoy's, byte by
 * byte. Other rooms have their own causes and hand them over as LocalReply.
 */
import type { ProtocolError } from '../../api/codec.ts'
import type { LocalReply } from '../../api/http.ts'

const reply = (status: number, body: string, details: string): LocalReply => ({ status, body, details })

/** The codec refuses old versions by itself; this is for one that lets them through. */
export const LOW_VERSION = reply(426, 'Upgrade Required', 'low_version')
export const MISSING_HOST = reply(400, '', 'missing_host_header')
/** What is asked for stands in a body that nobody could read without its type. */
export const QUERY_WITHOUT_TYPE = reply(400, '', 'query_missing_content_type')
export const MISSING_PATH = reply(404, '', 'missing_path_rejected')
export const ABSOLUTE_PATH = reply(404, '', 'absolute_path_rejected')
export const PATH_NORMALIZATION_FAILED = reply(400, '', 'path_normalization_failed')
export const OVERLOADED = reply(503, 'envoy overloaded', 'overload')
export const OVERLOADED_LOCALLY: LocalReply = {
  ...OVERLOADED,
  modifyHeaders: (headers) => headers.set('x-envoy-local-overloaded', 'true'),
}
export const UPGRADE_FAILED = reply(403, '', 'upgrade_failed')
export const REQUEST_TOO_LARGE = reply(413, 'Payload Too Large', 'request_payload_too_large')
export const RESPONSE_TOO_LARGE = reply(500, 'Internal Server Error', 'response_payload_too_large')

/** A detector of client addresses insists on one. */
export function undetected(status: number): LocalReply {
  return reply(status, '', 'rejecting_because_detection_failed')
}

export function requestHeadersTimeout(requestComplete: boolean): LocalReply {
  return reply(requestComplete ? 504 : 408, 'request header timeout', 'request_header_timeout')
}

/** Until the request is complete the client is to blame (408), afterwards we are (504). */
export function streamIdleTimeout(requestComplete: boolean): LocalReply {
  return { status: requestComplete ? 504 : 408, body: 'stream timeout', details: 'stream_idle_timeout', flag: 'SI' }
}

export function requestTimeout(requestComplete: boolean): LocalReply {
  return reply(requestComplete ? 504 : 408, 'request timeout', 'request_overall_timeout')
}

const GRPC_DEADLINE_EXCEEDED = 4

export function maxStreamDuration(requestComplete: boolean): LocalReply {
  const grpcStatus = GRPC_DEADLINE_EXCEEDED
  return { ...reply(requestComplete ? 504 : 408, 'downstream duration timeout', 'max_duration_timeout'), grpcStatus }
}

/** 307 to the path without escaped slashes. */
export function redirectToNormalizedPath(path: string): LocalReply {
  return {
    status: 307,
    body: '',
    details: 'path_normalization_failed',
    modifyHeaders: (headers) => headers.set('location', path),
  }
}

export function codecError(error: ProtocolError): LocalReply {
  return { status: error.status, body: error.body, details: error.details }
}
