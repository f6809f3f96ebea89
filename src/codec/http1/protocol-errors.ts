/** What a peer can do wrong, as Envoy answers and logs it. */
import type { ProtocolError } from '../../api/codec.ts'

const BAD_REQUEST = 'Bad Request'
const TOO_LARGE = 'Request Header Fields Too Large'

/** Details of whatever the parser itself stumbles over. */
export const CODEC_ERROR = 'http1.codec_error'

export function codecError(what: string): ProtocolError {
  return badRequest(CODEC_ERROR, what)
}

function badRequest(details: string, what: string): ProtocolError {
  return failure(400, details, BAD_REQUEST, what)
}

function failure(status: number, details: string, body: string, what: string): ProtocolError {
  return { status, details, body, message: `http/1.1 protocol error: ${what}` }
}

export const INVALID_CHARACTERS = badRequest('http1.invalid_characters', 'header value contains invalid chars')
export const INVALID_URL = badRequest('http1.invalid_url', 'invalid url in request line')
export const INVALID_SCHEME = badRequest('http1.invalid_scheme', 'invalid scheme')
export const HTTPS_URL_ON_PLAINTEXT = failure(
  403,
  'http1.https_url_on_plaintext_connection',
  'Forbidden',
  'https in the clear',
)
export const INVALID_AUTHORITY = badRequest('http.invalid_authority', 'request headers failed spec compliance checks')
export const CONNECTION_HEADER_REJECTED = badRequest(
  'http1.connection_header_rejected',
  'invalid nominated headers in Connection',
)
export const BODY_DISALLOWED = badRequest('http1.body_disallowed', 'unsupported content length')
export const LENGTH_AND_CHUNKED = badRequest(
  'http1.content_length_and_chunked_not_allowed',
  "both 'Content-Length' and 'Transfer-Encoding' are set.",
)
export const UNEXPECTED_UNDERSCORE = badRequest('http1.unexpected_underscore', 'header name contains underscores')
export const TRANSFER_ENCODING_NOT_ALLOWED = badRequest(
  'http1.transfer_encoding_not_allowed',
  'transfer encoding not allowed in 1xx or 204',
)
export const CONTENT_LENGTH_NOT_ALLOWED = badRequest(
  'http1.content_length_not_allowed',
  'content length not allowed in 1xx or 204',
)
export const INVALID_TRANSFER_ENCODING = failure(
  501,
  'http1.invalid_transfer_encoding',
  'Not Implemented',
  'unsupported transfer encoding',
)
export const LOW_VERSION = failure(426, 'low_version', 'Upgrade Required', 'unsupported protocol version')
export const HEADERS_TOO_LARGE = failure(431, 'http1.headers_too_large', TOO_LARGE, 'headers size exceeds limit')
export const TOO_MANY_HEADERS = failure(431, 'http1.too_many_headers', TOO_LARGE, 'headers count exceeds limit')
export const TRAILERS_TOO_LARGE = failure(431, 'http1.headers_too_large', TOO_LARGE, 'trailers size exceeds limit')
export const TOO_MANY_TRAILERS = failure(431, 'http1.too_many_headers', TOO_LARGE, 'trailers count exceeds limit')

/** For a peer that is an upstream: what its clients get is always a 502. */
export function asUpstreamError(error: ProtocolError): ProtocolError {
  return { ...error, status: 502, body: 'Bad Gateway' }
}
