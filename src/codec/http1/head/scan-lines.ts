/**
 * The quick pass over field lines in canonical form: lower-cases names in place, finds where names and values end, and
 * makes no strings. Whatever is not canonical is left to `normalise-head.ts`, which brings it into this form.
 *
 * In a loop over bytes a checked length would cost more than the work; reading past the end gives undefined, which no
 * table maps to an accepted byte, and every accepted head ends inside.
 */
import { CONTENT_LENGTH, HASH_FACTOR, hashedNameId, UNKNOWN_NAME } from '../../headers/field-names.ts'
import { NAME_ID_SHIFT } from '../../headers/received-lines.ts'
import { LOWER_TOKEN, VALUE_BYTE } from '../byte-tables.ts'

const CR = 13
const LF = 10
const SPACE = 32
const TAB = 9
const COLON = 58
const UNDERSCORE = 95

/** What one scan found. The codec owns one and reuses it; `lines` belongs to the message. */
export class LineScan {
  lines: number[] = []
  present = 0
  presentHigh = 0
  presentTop = 0
  /** A known name occurs twice. */
  repeated = false
  /** content-length occurs twice. */
  repeatedLength = false
  /** Some name has an underscore. */
  underscore = false
}

export const NOT_CANONICAL = -1

/**
 * Scans lines from `from` until the empty line; offsets in `scan` are relative to `base`. Returns where the body begins,
 * or NOT_CANONICAL, also when the bytes run out.
 */
export function scanLines(bytes: Uint8Array, from: number, end: number, base: number, scan: LineScan): number {
  const lines: number[] = []
  let present = 0
  let presentHigh = 0
  let presentTop = 0
  let underscores = 0
  scan.repeated = false
  scan.repeatedLength = false
  let p = from
  while (p < end) {
    const nameStart = p
    let hash = 0
    let c: number | undefined
    while ((c = LOWER_TOKEN[bytes[p]!]) !== 0 && c !== undefined) {
      hash = (Math.imul(hash, HASH_FACTOR) + c) | 0
      if (c === UNDERSCORE) underscores++
      bytes[p++] = c
    }
    if (p === nameStart) {
      if (bytes[p] !== CR || bytes[p + 1] !== LF || p + 1 >= end) return NOT_CANONICAL
      scan.lines = lines
      scan.present = present
      scan.presentHigh = presentHigh
      scan.presentTop = presentTop
      scan.underscore = underscores > 0
      return p + 2
    }
    if (bytes[p] !== COLON || bytes[p + 1] !== SPACE) return NOT_CANONICAL
    const nameEnd = p
    const valueStart = p + 2
    p = valueStart
    while (VALUE_BYTE[bytes[p]!] === 1) p++
    if (bytes[p] !== CR || bytes[p + 1] !== LF || p + 1 >= end) return NOT_CANONICAL
    if (p > valueStart && (isBlank(bytes[valueStart]!) || isBlank(bytes[p - 1]!))) return NOT_CANONICAL
    const id = hashedNameId(bytes, nameStart, nameEnd, hash)
    if (id !== UNKNOWN_NAME) {
      if (id <= 31) {
        const bit = 1 << (id - 1)
        if ((present & bit) !== 0) noteRepeated(scan, id)
        present |= bit
      } else if (id <= 62) {
        const bit = 1 << (id - 32)
        if ((presentHigh & bit) !== 0) noteRepeated(scan, id)
        presentHigh |= bit
      } else {
        const bit = 1 << (id - 63)
        if ((presentTop & bit) !== 0) noteRepeated(scan, id)
        presentTop |= bit
      }
    }
    lines.push((nameEnd - base) | (id << NAME_ID_SHIFT), p - base)
    p += 2
  }
  return NOT_CANONICAL
}

function noteRepeated(scan: LineScan, id: number): void {
  scan.repeated = true
  if (id === CONTENT_LENGTH) scan.repeatedLength = true
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB
}
