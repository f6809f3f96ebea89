/**
 * The quick pass over field lines in canonical form: lower-cases names in place, finds where names and values end, and
 * makes no strings. Whatever is not canonical is left to `normalise-head.ts`, which brings it into this form.
 *
 * In a loop over bytes a checked length would cost more than the work; reading past the end gives undefined, which no
 * table maps to an accepted byte, and every accepted head ends inside.
 */
import { lentBytes } from '../../../base/lent-bytes.ts'
import { CONTENT_LENGTH, nameIdAt, nameSlotAt, UNKNOWN_NAME } from '../../headers/field-names.ts'
import type { ReceivedLines } from '../../headers/received-lines.ts'
import { LINES_START, NAME_ID_SHIFT, NO_LINES } from '../../headers/received-lines.ts'
import { LOWER_TOKEN, VALUE_BYTE } from '../byte-tables.ts'

const CR = 13
const LF = 10
const SPACE = 32
const TAB = 9
const COLON = 58

/** What one scan found, for a map to be made of it. The codec owns one and reuses it; `lines` belongs to the message. */
export class LineScan implements ReceivedLines {
  bytes = NO_LINES.bytes
  start = LINES_START
  lines = NO_LINES.lines
  present = 0
  presentHigh = 0
  presentTop = 0
  slots = 0
  originalNames: ReceivedLines['originalNames'] = undefined
  /** A known name occurs twice. */
  repeated = false
  /** content-length occurs twice. */
  repeatedLength = false

  /** What the scan itself does not know. */
  complete(bytes: Buffer, start: number, originalNames: ReceivedLines['originalNames']): void {
    this.bytes = bytes
    this.start = start
    this.originalNames = originalNames
  }

  /** The map is made: a connection that waits does not keep its last head alive. */
  release(): void {
    this.bytes = NO_LINES.bytes
    this.lines = NO_LINES.lines
    this.originalNames = undefined
  }
}

export const NOT_CANONICAL = -1

/**
 * The head from `from` up to `end` for who still looks at it when the call that brought the chunk is over. It may live
 * as long as a slow download, and then keeps no body alive.
 */
export function lastingHead(chunk: Buffer, from: number, end: number): Buffer {
  if (lentBytes.active || chunk.length > 2 * (end - from)) return Buffer.from(chunk.subarray(from, end))
  return from === 0 ? chunk : chunk.subarray(from, end)
}

/**
 * Where offsets are collected during one call, before their number is known: pushing them one by one to an array costs
 * as much as the scan. Holds nothing between calls.
 */
const COLLECTED = new Int32Array(512)

/**
 * Scans lines from `from` until the empty line; offsets in `scan` are relative to `base`. Returns where the body begins,
 * or NOT_CANONICAL, also when the bytes run out.
 */
export function scanLines(bytes: Uint8Array, from: number, base: number, scan: LineScan): number {
  let table = COLLECTED
  let count = 0
  let present = 0
  let presentHigh = 0
  let presentTop = 0
  let slots = 0
  scan.repeated = false
  scan.repeatedLength = false
  let p = from
  for (;;) {
    const nameStart = p
    let c: number | undefined
    while ((c = LOWER_TOKEN[bytes[p]!]) !== 0 && c !== undefined) bytes[p++] = c
    if (p === nameStart) {
      if (bytes[p] !== CR || bytes[p + 1] !== LF) return NOT_CANONICAL
      scan.lines = copyOf(table, count)
      scan.present = present
      scan.presentHigh = presentHigh
      scan.presentTop = presentTop
      scan.slots = slots
      return p + 2
    }
    if (bytes[p] !== COLON || bytes[p + 1] !== SPACE) return NOT_CANONICAL
    const nameEnd = p
    const valueStart = p + 2
    p = valueStart
    while (VALUE_BYTE[bytes[p]!] === 1) p++
    if (bytes[p] !== CR || bytes[p + 1] !== LF) return NOT_CANONICAL
    if (p > valueStart && (isBlank(bytes[valueStart]!) || isBlank(bytes[p - 1]!))) return NOT_CANONICAL
    const slot = nameSlotAt(bytes, nameStart, nameEnd)
    slots |= 1 << slot
    const id = nameIdAt(slot, bytes, nameStart, nameEnd)
    if (id !== UNKNOWN_NAME) {
      const bit = 1 << ((id - 1) % 31)
      const word = id <= 31 ? present : id <= 62 ? presentHigh : presentTop
      if ((word & bit) !== 0) noteRepeated(scan, id)
      if (id <= 31) present |= bit
      else if (id <= 62) presentHigh |= bit
      else presentTop |= bit
    }
    if (count === table.length) table = enlarged(table)
    table[count] = (nameEnd - base) | (id << NAME_ID_SHIFT)
    table[count + 1] = p - base
    count += 2
    p += 2
  }
}

function copyOf(table: Int32Array, count: number): number[] {
  // oxlint-disable-next-line unicorn/no-new-array -- the length is known, and this is what makes it quick
  const lines = new Array<number>(count)
  for (let i = 0; i < count; i++) lines[i] = table[i]!
  return lines
}

function enlarged(table: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(table.length * 2)
  larger.set(table)
  return larger
}

function noteRepeated(scan: LineScan, id: number): void {
  scan.repeated = true
  if (id === CONTENT_LENGTH) scan.repeatedLength = true
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB
}
