/**
 * Request and status lines the patient way. Envoy's parser (Balsa) cuts a first line into three words at any run of
 * bytes up to space; the third word is the rest of the line.
 */
import type { ProtocolError } from '../../../api/codec.ts'
import { customMethodAt, methodAt } from '../methods.ts'
import { codecError, INVALID_CHARACTERS } from '../protocol-errors.ts'
import { hasForbiddenByte } from './normalise-head.ts'
import { isTargetValid } from './request-target.ts'

const SPACE = 32
const VERSION = /^HTTP\/\d\.\d$/
/** Envoy takes any number and keeps sixteen bits of it. */
const STATUS = /^\+?\d{1,9}$/

export interface RequestLine {
  readonly ok: true
  readonly method: string
  readonly target: string
  /** `HTTP/1.1`; '' is HTTP/0.9, whose request ends with this line. */
  readonly version: string
}

export interface StatusLine {
  readonly ok: true
  readonly version: string
  readonly status: number
  readonly reason: string
}

export interface BadLine {
  readonly ok: false
  readonly error: ProtocolError
}

/** `line` with or without its line end. */
export function parseRequestLine(line: Buffer, customMethods: boolean): RequestLine | BadLine {
  const read = readRequestLine(line, customMethods)
  if (typeof read === 'string') return bad(line, read)
  if (hasForbiddenByte(line)) return { ok: false, error: INVALID_CHARACTERS }
  return read
}

/** The same by Envoy's parser alone, which has nothing against control characters; or what it says is wrong. */
export function readRequestLine(line: Buffer, customMethods: boolean): RequestLine | `HPE_${string}` {
  const { first, second, third } = threeWords(line)
  const known = methodAt(line, 0, first.length)
  const method = known ?? (customMethods ? customMethodAt(line, 0, first.length) : undefined)
  if (method === undefined) return 'HPE_INVALID_METHOD'
  if (!isTargetValid(second, method === 'CONNECT')) return 'HPE_INVALID_URL'
  if (third !== '' && !VERSION.test(third)) return 'HPE_INVALID_VERSION'
  return { ok: true, method, target: second, version: third }
}

export function parseStatusLine(line: Buffer): StatusLine | BadLine {
  const { first, second, third } = threeWords(line)
  if (!VERSION.test(first)) return bad(line, 'HPE_INVALID_VERSION')
  if (!STATUS.test(second)) return bad(line, 'HPE_INVALID_STATUS')
  const status = Number(second) & 0xffff
  if (hasForbiddenByte(line)) return { ok: false, error: INVALID_CHARACTERS }
  return { ok: true, version: first, status, reason: third }
}

/** Envoy reports bad characters in preference to what else is wrong with the line. */
function bad(line: Buffer, what: string): BadLine {
  return { ok: false, error: hasForbiddenByte(line) ? INVALID_CHARACTERS : codecError(what) }
}

function threeWords(line: Buffer): { first: string; second: string; third: string } {
  let end = line.length
  while (end > 0 && line[end - 1]! <= SPACE) end--
  const firstEnd = wordEnd(line, 0, end)
  const secondStart = wordStart(line, firstEnd, end)
  const secondEnd = wordEnd(line, secondStart, end)
  return {
    first: line.latin1Slice(0, firstEnd),
    second: line.latin1Slice(secondStart, secondEnd),
    third: line.latin1Slice(wordStart(line, secondEnd, end), end),
  }
}

function wordStart(line: Uint8Array, at: number, end: number): number {
  while (at < end && line[at]! <= SPACE) at++
  return at
}

function wordEnd(line: Uint8Array, at: number, end: number): number {
  while (at < end && line[at]! > SPACE) at++
  return at
}
