/**
 * Why bytes are no ClientHello, by the names and numbers that BoringSSL has for it: logs tell them. A number without a name is
 * an alert of the client's.
 */
export type TlsFailure = keyof typeof REASONS | number

const REASONS = {
  BAD_ALERT: 0x66,
  CLIENTHELLO_PARSE_FAILED: 0x83,
  CONNECTION_REJECTED: 0x85,
  DECODE_ERROR: 0x89,
  ENCRYPTED_LENGTH_TOO_LONG: 0x92,
  DATA_LENGTH_TOO_LONG: 0x88,
  ERROR_PARSING_EXTENSION: 0x95,
  EXCESSIVE_MESSAGE_SIZE: 0x96,
  HTTPS_PROXY_REQUEST: 0x9b,
  HTTP_REQUEST: 0x9c,
  RECORD_LENGTH_MISMATCH: 0xc7,
  RECORD_TOO_LARGE: 0xc8,
  TOO_MANY_EMPTY_FRAGMENTS: 0xdb,
  TOO_MANY_WARNING_ALERTS: 0xdc,
  UNEXPECTED_MESSAGE: 0xdf,
  UNEXPECTED_RECORD: 0xe1,
  UNKNOWN_ALERT_TYPE: 0xe3,
  WRONG_VERSION_NUMBER: 0xf7,
  EXCESS_HANDSHAKE_DATA: 0xff,
} as const

const SSL_LIBRARY = 0x10000000
const FIRST_ALERT = 1000

/** `error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER`. */
export function tlsFailureText(failure: TlsFailure): string {
  const reason = typeof failure === 'number' ? FIRST_ALERT + failure : REASONS[failure]
  const code = (SSL_LIBRARY + reason).toString(16)
  const name = typeof failure === 'number' ? `reason(${reason})` : failure
  return `error:${code}:SSL routines:OPENSSL_internal:${name}`
}
