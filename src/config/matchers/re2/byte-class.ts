/** A set of bytes, as character classes build it up. */

export interface ByteRange {
  readonly lo: number
  readonly hi: number
}

const UPPER_A = 0x41
const UPPER_Z = 0x5a
const LOWER_A = 0x61
const LOWER_Z = 0x7a
export const CASE_STEP = LOWER_A - UPPER_A

export class ByteClass {
  readonly #has = new Uint8Array(256)

  has(byte: number): boolean {
    return this.#has[byte] === 1
  }

  /** What is above the last byte is left out. */
  add(lo: number, hi: number): void {
    if (lo <= 0xff) this.#has.fill(1, lo, Math.min(hi, 0xff) + 1)
  }

  /** With the other case of each letter of ASCII. */
  addFolded(lo: number, hi: number): void {
    this.add(lo, hi)
    for (let byte = lo; byte <= Math.min(hi, LOWER_Z); byte++) {
      const other = otherCase(byte)
      if (other !== byte) this.add(other, other)
    }
  }

  addAll(other: ByteClass): void {
    for (const { lo, hi } of other.ranges()) this.add(lo, hi)
  }

  negate(): void {
    for (let i = 0; i < 256; i++) this.#has[i] = this.#has[i] === 1 ? 0 : 1
  }

  get size(): number {
    return this.#has.reduce((sum, one) => sum + one, 0)
  }

  get first(): number {
    return this.#has.indexOf(1)
  }

  /** In order, none touching the next. */
  ranges(): readonly ByteRange[] {
    const ranges: ByteRange[] = []
    for (let lo = this.first; lo >= 0 && lo < 256; lo = this.#has.indexOf(1, lo)) {
      const end = this.#has.indexOf(0, lo)
      const hi = end < 0 ? 255 : end - 1
      ranges.push({ lo, hi })
      lo = hi + 1
    }
    return ranges
  }

  /** The letters of ASCII are in it in both cases or in neither. */
  get foldsCase(): boolean {
    for (let upper = UPPER_A; upper <= UPPER_Z; upper++) {
      if (this.has(upper) !== this.has(upper + CASE_STEP)) return false
    }
    return true
  }

  equals(other: ByteClass): boolean {
    return this.#has.every((one, byte) => (one === 1) === other.has(byte))
  }
}

export function otherCase(byte: number): number {
  if (byte >= UPPER_A && byte <= UPPER_Z) return byte + CASE_STEP
  return byte >= LOWER_A && byte <= LOWER_Z ? byte - CASE_STEP : byte
}

/** Wholly among A to Z. */
export function isUpper({ lo, hi }: ByteRange): boolean {
  return lo >= UPPER_A && hi <= UPPER_Z
}
