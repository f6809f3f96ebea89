/**
 * The header map: a view on received lines under an overlay of removals, replaced values and added lines. A map that
 * is built by hand is one without received lines.
 */
import type { HeaderMap, NameSet } from '../../api/headers.ts'
import type { ByteWriter } from '../../base/byte-writer.ts'
import { recentTexts } from '../../base/recent-texts.ts'
import { ADDED_STRIDE, AddedLines } from './added-lines.ts'
import { CONTENT_LENGTH, LINE_STARTS, lineStart, nameId, nameIdIn, nameSlot, REMOVED_LINE } from './field-names.ts'
import { TRANSFER_ENCODING, UNKNOWN_NAME } from './field-names.ts'
import type { HeaderKeyFormatter, ReceivedNames } from './header-key-format.ts'
import { writtenName } from './header-key-format.ts'
import type { FieldKind } from './merged-names.ts'
import { mergesLines, TRAILER_FIELDS } from './merged-names.ts'
import type { ReceivedLines } from './received-lines.ts'
import { LINES_START, NAME_ID_SHIFT, NO_LINES, OFFSET_MASK } from './received-lines.ts'

const NOTHING: readonly string[] = []

const CODING_START = LINE_STARTS[TRANSFER_ENCODING]
const LENGTH_START = LINE_STARTS[CONTENT_LENGTH]

/** What an encoder leaves out as it says it by itself: transfer-encoding, or that and content-length. */
export type OmittedLines = 'none' | 'coding' | 'framing'

/**
 * An array like those of heads with replaced values, so that compiled code knows no difference: with undefined in its
 * place, code that had only seen heads of the one kind was thrown away at the first of the other. Never written.
 */
const NOTHING_REPLACED: (string | undefined)[] = [undefined]

export class FieldLines extends AddedLines implements HeaderMap {
  doubtful = false
  readonly #bytes: Buffer
  readonly #start: number
  readonly #lines: number[]
  readonly #originalNames: ReceivedNames | undefined
  /** Presence bits of the known names, received and added; see `ReceivedLines`. */
  #present: number
  #presentHigh: number
  #presentTop: number
  /** Bits of the slots of all names, received and added. */
  #slots: number
  readonly #kind: FieldKind
  /** Values that replace received ones, by index into `#lines`. */
  #replaced = NOTHING_REPLACED

  constructor(received: ReceivedLines = NO_LINES, kind: FieldKind = TRAILER_FIELDS) {
    super()
    this.#bytes = received.bytes
    this.#start = received.start
    this.#lines = received.lines
    this.#present = received.present
    this.#presentHigh = received.presentHigh
    this.#presentTop = received.presentTop
    this.#slots = received.slots
    this.#kind = kind
    this.#originalNames = received.originalNames
  }

  get size(): number {
    let count = this.addedCount
    for (let i = 0; i < this.#lines.length; i += 2) if (this.#isLive(i)) count++
    return count
  }

  get byteSize(): number {
    let bytes = this.addedBytes
    const lines = this.#lines
    for (let i = 0; i < lines.length; i += 2) {
      if (!this.#isLive(i)) continue
      bytes += (lines[i]! & OFFSET_MASK) - this.#nameStart(i)
      bytes += this.#replaced[i]?.length ?? lines[i + 1]! - (lines[i]! & OFFSET_MASK) - 2
    }
    return bytes
  }

  get(name: string): string | undefined {
    const slot = nameSlot(name)
    if (!this.#mayHaveIn(slot)) return undefined
    const id = nameIdIn(slot, name)
    if (!this.#mayHave(id)) return undefined
    const at = this.#find(name, id, 0)
    if (at >= 0) return this.#valueAt(at)
    const i = this.findAdded(name, 0)
    return i < 0 ? undefined : this.addedValue(i)
  }

  getAll(name: string): readonly string[] {
    const slot = nameSlot(name)
    if (!this.#mayHaveIn(slot)) return NOTHING
    const id = nameIdIn(slot, name)
    let values: string[] | undefined
    for (let at = this.#find(name, id, 0); at >= 0; at = this.#find(name, id, at + 2)) {
      ;(values ??= []).push(this.#valueAt(at))
    }
    for (let i = this.findAdded(name, 0); i >= 0; i = this.findAdded(name, i + ADDED_STRIDE)) {
      ;(values ??= []).push(this.addedValue(i))
    }
    return values ?? NOTHING
  }

  has(name: string): boolean {
    const slot = nameSlot(name)
    if (!this.#mayHaveIn(slot)) return false
    const id = nameIdIn(slot, name)
    return this.#mayHave(id) && (this.#find(name, id, 0) >= 0 || this.findAdded(name, 0) >= 0)
  }

  mayHave(names: NameSet): boolean {
    return ((this.#present & names.low) | (this.#presentHigh & names.high) | (this.#presentTop & names.top)) !== 0
  }

  /** A name whose lines are joined keeps its place; every other one moves to the end, as in Envoy. */
  set(name: string, value: string): void {
    const slot = nameSlot(name)
    const id = nameIdIn(slot, name)
    if (!this.#mayHaveIn(slot) || !this.#mayHave(id)) {
      this.#push(name, id, value)
      return
    }
    if (!mergesLines(id, this.#kind)) {
      this.#removeAll(name, id)
      this.#push(name, id, value)
      return
    }
    const at = this.#find(name, id, 0)
    if (at >= 0) {
      this.#replace(at, value)
      for (let i = this.#find(name, id, at + 2); i >= 0; i = this.#find(name, id, i + 2)) this.#removeLine(i)
      this.removeAdded(name, 0)
      return
    }
    const i = this.findAdded(name, 0)
    if (i < 0) {
      this.#push(name, id, value)
      return
    }
    this.setAdded(i, value)
    this.removeAdded(name, i + ADDED_STRIDE)
  }

  /** Names whose lines are joined never have two: there it is `append`, as in Envoy. */
  add(name: string, value: string): void {
    const id = nameId(name)
    if (mergesLines(id, this.#kind)) this.append(name, value)
    else this.#push(name, id, value)
  }

  #push(name: string, id: number, value: string): void {
    this.#slots |= 1 << nameSlot(name)
    if (id !== UNKNOWN_NAME) {
      const bit = 1 << ((id - 1) % 31)
      if (id <= 31) this.#present |= bit
      else if (id <= 62) this.#presentHigh |= bit
      else this.#presentTop |= bit
    }
    this.pushAdded(name, value, id === UNKNOWN_NAME ? lineStart(name) : LINE_STARTS[id]!)
  }

  append(name: string, value: string): void {
    const id = nameId(name)
    const at = this.#find(name, id, 0)
    if (at >= 0) {
      this.#replace(at, joined(this.#valueAt(at), value))
      return
    }
    const i = this.findAdded(name, 0)
    if (i >= 0) this.setAdded(i, joined(this.addedValue(i), value))
    else this.#push(name, id, value)
  }

  remove(name: string): number {
    const slot = nameSlot(name)
    return this.#mayHaveIn(slot) ? this.#removeAll(name, nameIdIn(slot, name)) : 0
  }

  #removeAll(name: string, id: number): number {
    if (!this.#mayHave(id)) return 0
    let count = 0
    for (let at = this.#find(name, id, 0); at >= 0; at = this.#find(name, id, at + 2)) {
      this.#removeLine(at)
      count++
    }
    return count + this.removeAdded(name, 0)
  }

  forEach(visit: (name: string, value: string) => void): void {
    for (let i = 0; i < this.#lines.length; i += 2) {
      if (this.#isLive(i)) visit(this.#nameAt(i), this.#valueAt(i))
    }
    this.visitAdded(visit)
  }

  /** Takes the (first) received line of a known name out of the map: its index, or -1. */
  protected takeLine(id: number): number {
    const lines = this.#lines
    for (let i = 0; i < lines.length; i += 2) {
      if (lines[i]! >>> NAME_ID_SHIFT !== id) continue
      this.#removeLine(i)
      return i >> 1
    }
    return -1
  }

  /** Value of the line at that index, replaced or as received. */
  protected lineValue(index: number): string {
    return this.#valueAt(index << 1)
  }

  /** Whether the line at that index is as it was received. */
  protected isUntouched(index: number): boolean {
    return this.#replaced[index << 1] === undefined
  }

  /** The received head begins with its first line, not with its fields. */
  protected get hasFirstLine(): boolean {
    return this.#start > LINES_START
  }

  /** How names are written on where those of the peer were kept. */
  get receivedNames(): ReceivedNames | undefined {
    return this.#originalNames
  }

  /**
   * Writes the lines as HTTP/1 sends them, each with CRLF in front. Untouched runs of received lines are one piece of the
   * received text.
   */
  writeHttp1Lines(out: ByteWriter, format: HeaderKeyFormatter | undefined, omit: OmittedLines): void {
    this.#writeLinesFrom(out, -1, 0, format, omit)
  }

  /** The same behind everything that was received up to the end of the first line, which is not asked about. */
  protected writeHttp1LinesWithHead(out: ByteWriter, omit: OmittedLines): void {
    this.#writeLinesFrom(out, 0, 2, undefined, omit)
  }

  /** `run`: where a run of untouched text begins (its CRLF) that the line at `first` may continue; -1: none. */
  #writeLinesFrom(
    out: ByteWriter,
    run: number,
    first: number,
    format: HeaderKeyFormatter | undefined,
    omit: OmittedLines,
  ): void {
    const skipCoding = omit !== 'none'
    const skipLength = omit === 'framing'
    if (format !== undefined || this.#originalNames !== undefined) {
      return this.#writeFormattedLines(out, format, skipCoding, skipLength)
    }
    const lines = this.#lines
    const bytes = this.#bytes
    const allReplaced = this.#replaced
    for (let i = first; i < lines.length; i += 2) {
      const id = lines[i]! >>> NAME_ID_SHIFT
      const keep =
        id !== REMOVED_LINE && !(skipCoding && id === TRANSFER_ENCODING) && !(skipLength && id === CONTENT_LENGTH)
      const replaced = allReplaced[i]
      if (keep && replaced === undefined) {
        if (run < 0) run = this.#nameStart(i) - 2
        continue
      }
      if (run >= 0) {
        out.copy(bytes, run, this.#nameStart(i) - 2)
        run = -1
      }
      if (keep) {
        out.copy(bytes, this.#nameStart(i) - 2, (lines[i]! & OFFSET_MASK) + 2)
        out.text(replaced!)
      }
    }
    if (run >= 0) out.copy(bytes, run, lines[lines.length - 1]!)
    this.writeAdded(out, skipCoding ? CODING_START : undefined, skipLength ? LENGTH_START : undefined)
  }

  /**
   * What Envoy's map does while it is filled from the wire: a second line of certain names joins the first. Called by
   * the codec before anybody else sees the map.
   */
  mergeRepeatedLines(): void {
    const lines = this.#lines
    for (let i = 0; i < lines.length; i += 2) {
      const id = lines[i]! >>> NAME_ID_SHIFT
      if (!mergesLines(id, this.#kind)) continue
      for (let k = i + 2; k < lines.length; k += 2) {
        if (lines[k]! >>> NAME_ID_SHIFT !== id) continue
        this.#replace(i, joined(this.#valueAt(i), this.#valueAt(k)))
        lines[k] = (lines[k]! & OFFSET_MASK) | (REMOVED_LINE << NAME_ID_SHIFT)
      }
    }
  }

  #writeFormattedLines(
    out: ByteWriter,
    format: HeaderKeyFormatter | undefined,
    skipCoding: boolean,
    skipLength: boolean,
  ): void {
    this.forEach((name, value) => {
      if ((skipCoding && name === 'transfer-encoding') || (skipLength && name === 'content-length')) return
      out.text('\r\n')
      out.text(writtenName(name, this.#originalNames, format))
      out.text(': ')
      out.text(value)
    })
  }

  /** False: there is no line of a name with that slot. */
  #mayHaveIn(slot: number): boolean {
    return ((this.#slots >>> slot) & 1) !== 0
  }

  /** False: there is no line of that name. */
  #mayHave(id: number): boolean {
    if (id === UNKNOWN_NAME) return true
    const word = id <= 31 ? this.#present : id <= 62 ? this.#presentHigh : this.#presentTop
    return ((word >>> ((id - 1) % 31)) & 1) !== 0
  }

  /** Index of the first received line of that name at or behind `from`, or -1. */
  #find(name: string, id: number, from: number): number {
    const lines = this.#lines
    if (from >= lines.length) return -1
    if (id === UNKNOWN_NAME) return this.#findUnknown(name, from)
    if (!this.#mayHave(id)) return -1
    for (let i = from; i < lines.length; i += 2) if (lines[i]! >>> NAME_ID_SHIFT === id) return i
    return -1
  }

  #findUnknown(name: string, from: number): number {
    const lines = this.#lines
    const length = name.length
    for (let i = from; i < lines.length; i += 2) {
      const packed = lines[i]!
      if (packed > OFFSET_MASK) continue // a known name, or removed
      const start = i === 0 ? this.#start : lines[i - 1]! + 2
      if (packed - start === length && this.#isAt(name, start)) return i
    }
    return -1
  }

  #isAt(name: string, start: number): boolean {
    const bytes = this.#bytes
    for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name.charCodeAt(i)) return false
    return true
  }

  #removeLine(at: number): void {
    this.#lines[at] = (this.#lines[at]! & OFFSET_MASK) | (REMOVED_LINE << NAME_ID_SHIFT)
  }

  #replace(at: number, value: string): void {
    if (this.#replaced === NOTHING_REPLACED) this.#replaced = []
    this.#replaced[at] = value
  }

  #isLive(at: number): boolean {
    return this.#lines[at]! >>> NAME_ID_SHIFT !== REMOVED_LINE
  }

  #nameStart(at: number): number {
    return at === 0 ? this.#start : this.#lines[at - 1]! + 2
  }

  #nameAt(at: number): string {
    return recentTexts.get(this.#bytes, this.#nameStart(at), this.#lines[at]! & OFFSET_MASK)
  }

  #valueAt(at: number): string {
    const replaced = this.#replaced[at]
    return replaced ?? recentTexts.get(this.#bytes, (this.#lines[at]! & OFFSET_MASK) + 2, this.#lines[at + 1]!)
  }
}

/** As Envoy's HeaderMapImpl::appendToHeader: nothing to add leaves the value alone. */
function joined(value: string, more: string): string {
  if (more === '') return value
  return value === '' ? more : value + ',' + more
}
