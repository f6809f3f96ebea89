/**
 * How a body is delimited (RFC 9112 §6.3, as Envoy reads it). A non-negative number is a length in bytes. Everything
 * ambiguous is refused here: this is what keeps requests from being smuggled.
 */
import type { ProtocolError } from '../../../api/codec.ts'
import type { HeaderMap } from '../../../api/headers.ts'
import { CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE } from '../../headers/field-names.ts'
import { codecError, INVALID_TRANSFER_ENCODING, LENGTH_AND_CHUNKED } from '../protocol-errors.ts'

export const CHUNKED = -1
/** Every further byte of the connection belongs to this message: CONNECT and upgrades. */
export const RAW = -2
export const UNTIL_CLOSE = -3
/** Neither length nor coding. */
export const UNDELIMITED = -4

/** Presence bits of the names that say how a body is delimited, and of those that may change it. */
const CODING = bit(TRANSFER_ENCODING)
const DELIMITERS = bit(CONTENT_LENGTH) | CODING
export const FRAMING_NAMES = DELIMITERS | bit(CONNECTION)
export const UPGRADE_NAME = bit(UPGRADE)

export const INVALID_CONTENT_LENGTH = codecError('HPE_INVALID_CONTENT_LENGTH')

const DIGITS = /^\d+$/
const MAX_LENGTH = 2n ** 64n
const SAFE_DIGITS = 15
const ZERO = 48

/** A content-length is digits and below 2⁶⁴; a number near there may have lost its last digits, which nobody counts to. */
export function parseContentLength(value: string): number | undefined {
  if (value.length > SAFE_DIGITS) return DIGITS.test(value) && BigInt(value) < MAX_LENGTH ? Number(value) : undefined
  if (value === '') return undefined
  let length = 0
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - ZERO
    if (digit < 0 || digit > 9) return undefined
    length = length * 10 + digit
  }
  return length
}

/** What content-length and transfer-encoding say; `present` are the head's presence bits. Removes a content-length that a chunked coding overrules. */
export function decideFraming(
  headers: HeaderMap,
  present: number,
  allowChunkedLength: boolean,
): number | ProtocolError {
  if ((present & DELIMITERS) === 0) return UNDELIMITED
  const value = headers.get('content-length')
  const length = value === undefined ? UNDELIMITED : parseContentLength(value)
  if (length === undefined) return INVALID_CONTENT_LENGTH
  if ((present & CODING) === 0) return length
  const codings = headers.getAll('transfer-encoding')
  if (codings.length === 0) return length
  if (value !== undefined) {
    // The parser goes by the last line alone: `chunked` there says that the length may be dropped.
    if (!allowChunkedLength || !isChunked(codings[codings.length - 1]!)) return LENGTH_AND_CHUNKED
    headers.remove('content-length')
  }
  return codings.length === 1 && isChunked(codings[0]!) ? CHUNKED : INVALID_TRANSFER_ENCODING
}

function isChunked(coding: string): boolean {
  return coding.toLowerCase() === 'chunked'
}

function bit(id: number): number {
  return 1 << (id - 1)
}
