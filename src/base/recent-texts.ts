/**
 * Short latin1 texts out of received bytes. Most of them came a moment ago, too: whoever asks for one of these gets the
 * string that was made then, instead of memory for another one.
 */
const SLOTS = 512
const LONGEST = 48

export class RecentTexts {
  readonly #texts: (string | undefined)[] = Array.from({ length: SLOTS }, () => undefined)
  /** What the texts are, byte by byte, a row for each slot. */
  readonly #rows = new Uint8Array(SLOTS * LONGEST)

  /** The bytes from `start` up to `end`. */
  get(bytes: Buffer, start: number, end: number): string {
    const length = end - start
    if (length > LONGEST) return bytes.latin1Slice(start, end)
    let hash = length
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0
    const slot = (hash ^ (hash >>> 9)) & (SLOTS - 1)
    const row = slot * LONGEST
    const known = this.#texts[slot]
    // Whoever sends a text chooses its hash, too.
    if (known !== undefined && known.length === length && this.#isRow(row, bytes, start, length)) return known
    const text = bytes.latin1Slice(start, end)
    this.#texts[slot] = text
    for (let i = 0; i < length; i++) this.#rows[row + i] = bytes[start + i]!
    return text
  }

  #isRow(row: number, bytes: Buffer, start: number, length: number): boolean {
    const rows = this.#rows
    for (let i = 0; i < length; i++) if (rows[row + i] !== bytes[start + i]) return false
    return true
  }
}

/** Of this thread. */
export const recentTexts = new RecentTexts()
