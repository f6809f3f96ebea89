/** Which part of a stored body a request asks for (RFC 9110 §14.1.2): one range at most, or the whole body is given. */
import type { HeaderMap } from '../../../../api/headers.ts'

export type ByteRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'none' }
  /** From `begin` to before `end`. */
  | { readonly kind: 'part'; readonly begin: number; readonly end: number }

const WHOLE: ByteRange = { kind: 'whole' }
const NONE: ByteRange = { kind: 'none' }
const MOST = 2 ** 64

/** `length`: of the body. */
export function requestedRange(headers: HeaderMap, length: number): ByteRange {
  if (!headers.has('range')) return WHOLE
  const lines = headers.getAll('range')
  if (lines.length !== 1) return WHOLE
  const match = /^bytes=(\d*)-(\d*)$/.exec(lines[0]!)
  if (match === null) return WHOLE
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return WHOLE
  if (Number(first) >= MOST || Number(last) >= MOST) return WHOLE
  return first === '' ? suffix(Number(last), length) : between(Number(first), last === '' ? MOST : Number(last), length)
}

function suffix(wanted: number, length: number): ByteRange {
  if (wanted === 0 || length === 0) return NONE
  return wanted >= length ? WHOLE : { kind: 'part', begin: length - wanted, end: length }
}

function between(first: number, last: number, length: number): ByteRange {
  if (first > last) return WHOLE
  if (first >= length) return NONE
  if (last < length - 1) return { kind: 'part', begin: first, end: last + 1 }
  return first === 0 ? WHOLE : { kind: 'part', begin: first, end: length }
}
