import type { ReceivedNames } from './header-key-format.ts'

/**
 * The field lines of a received head in canonical form: `name: value` CRLF, one after the other, names in lower case,
 * no white space around values. The scanner brings every head into this form, and therefore a line needs two numbers:
 * where its name ends and where its value ends; it starts two bytes behind the value before it.
 */
export interface ReceivedLines {
  /** Nobody writes to them any more. What stands before `start`, and behind the last line, is not ours. */
  readonly bytes: Buffer
  /** Where the first line starts. */
  readonly start: number
  /** Two a line: end of the name with the name's number in the bits above NAME_ID_SHIFT, end of the value. */
  readonly lines: number[]
  /** Presence bits of the numbers 1…31, 32…62 and 63…93. */
  readonly present: number
  readonly presentHigh: number
  readonly presentTop: number
  /** Bits of the slots of all names, see `nameSlot`. */
  readonly slots: number
  /** Names as they came, by lower-case name; only where a formatter wants to restore them. */
  readonly originalNames: ReceivedNames | undefined
}

/** Where the lines of a head start that was written anew: behind a CRLF, without a first line. */
export const LINES_START = 2

/** Offsets have 24 bits: the largest head that can be configured is 8 MiB. */
export const NAME_ID_SHIFT = 24
export const OFFSET_MASK = 0xffffff

export const NO_LINES: ReceivedLines = {
  bytes: Buffer.alloc(0),
  start: 0,
  lines: [], // never written: there is no line to remove
  present: 0,
  presentHigh: 0,
  presentTop: 0,
  slots: 0,
  originalNames: undefined,
}
