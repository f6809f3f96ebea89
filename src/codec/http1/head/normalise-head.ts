/**
 * The patient pass over field lines, for whatever `scan-lines.ts` declines: checks a complete head the way Envoy's
 * parser (Balsa) does and writes it anew in canonical form, from LINES_START on. Accepted and put right: bare LF as line end, folded lines,
 * CR inside values, white space around values. Refused: names that are no tokens, lines without a colon.
 */
import type { ProtocolError } from '../../../api/codec.ts'
import { LINES_START } from '../../headers/received-lines.ts'
import { FORBIDDEN_BYTE, LOWER_TOKEN } from '../byte-tables.ts'
import { BYTES_AROUND_FIELD } from '../field-bytes.ts'
import { codecError, INVALID_CHARACTERS } from '../protocol-errors.ts'

const CR = 13
const LF = 10
const SPACE = 32
const TAB = 9
const COLON = 58
const ASCII_END = 128

export type NormalisedHead =
  | { readonly ok: true; readonly bytes: Buffer }
  /** `headBytes`: what counts of it, as in Envoy. */
  | { readonly ok: false; readonly error: ProtocolError; readonly headBytes: number }

/** `bytes` holds a complete head, whose field lines start at `from` (behind the first line; 0 for trailers). */
export function normaliseHead(bytes: Uint8Array, from: number): NormalisedHead {
  // Envoy looks at every byte of the head, first line included, before it looks at the structure.
  if (hasForbiddenByte(bytes)) return { ok: false, error: INVALID_CHARACTERS, headBytes: 0 }
  const lines = lineStarts(bytes, from)
  const out = Buffer.allocUnsafe(bytes.length - from + 3 * lines.length + 4)
  let length = 0
  out[length++] = CR
  out[length++] = LF
  let fields = 0
  let foreign: NormalisedHead | undefined
  for (let i = 0; i + 1 < lines.length;) {
    const start = lines[i]!
    for (i++; i + 1 < lines.length && isContinuation(bytes[lines[i]!]!); i++);
    const end = trimmedEnd(bytes, start, lines[i]!)
    const colon = bytes.subarray(start, end).indexOf(COLON)
    if (colon < 0) return refused('header line without a colon')
    if (colon === 0) return refused('empty header name')
    const lineAt = length
    for (let p = start; p < start + colon; p++) {
      if (LOWER_TOKEN[bytes[p]!] === 0) {
        if (bytes[p]! < ASCII_END) return refused('invalid character in header name')
        // Envoy looks at these while it takes the fields one by one, when all lines are known to be well-formed.
        foreign ??= refused('invalid character in header name', countedBytes(lineAt, fields))
      }
      out[length++] = bytes[p]!
    }
    out[length++] = COLON
    out[length++] = SPACE
    let p = start + colon + 1
    while (p < end && bytes[p]! <= SPACE) p++
    for (; p < end; p++) if (bytes[p] !== CR && bytes[p] !== LF) out[length++] = bytes[p]!
    out[length++] = CR
    out[length++] = LF
    fields++
  }
  if (foreign !== undefined) return foreign
  out[length++] = CR
  out[length++] = LF
  return { ok: true, bytes: out.subarray(0, length) }
}

export function hasForbiddenByte(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (FORBIDDEN_BYTE[bytes[i]!] === 1) return true
  return false
}

/** Where the lines start; the last entry is the empty line that ends the head. */
function lineStarts(bytes: Uint8Array, from: number): number[] {
  const starts: number[] = []
  for (let at = from; at < bytes.length;) {
    starts.push(at)
    const lf = bytes.indexOf(LF, at)
    at = lf < 0 ? bytes.length : lf + 1
  }
  return starts
}

/** obs-fold (RFC 9112 §5.2). The last line of a head is no continuation of anything: it is empty. */
function isContinuation(firstByte: number): boolean {
  return firstByte === SPACE || firstByte === TAB
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  while (end > start && bytes[end - 1]! <= SPACE) end--
  return end
}

/** Of the fields in `length` bytes of the new form. The colon and the line end of the last one count with the next. */
function countedBytes(length: number, fields: number): number {
  return fields === 0 ? 0 : length - LINES_START - fields - BYTES_AROUND_FIELD
}

function refused(what: string, headBytes = 0): NormalisedHead {
  return { ok: false, error: codecError(what), headBytes }
}
