/* Where the fast YAML reader stands in its text, and how it steps over what carries no meaning. */
import type { EntryMark, Marks } from '../source/marks.ts'
import { markEntry } from '../source/marks.ts'
import { setOwn } from '../source/set-own.ts'

/** Thrown where the text leaves the common part of YAML: the library then reads all of it. */
export class GiveUp extends Error {}

export const codes = {
  tab: 9,
  lineFeed: 10,
  space: 32,
  doubleQuote: 34,
  hash: 35,
  singleQuote: 39,
  comma: 44,
  dash: 45,
  colon: 58,
  openBracket: 91,
  backslash: 92,
  closeBracket: 93,
  openBrace: 123,
  bar: 124,
  closeBrace: 125,
} as const

export class Cursor {
  readonly text: string
  readonly marks: Marks | undefined
  at = 0
  lineStart = 0
  /** Entries that a later one with the same key replaced. */
  duplicates = 0

  constructor(text: string, marks: Marks | undefined) {
    this.text = text
    this.marks = marks
  }

  /** NaN at the end. */
  code(offset = 0): number {
    return this.text.charCodeAt(this.at + offset)
  }

  column(): number {
    return this.at - this.lineStart
  }

  ended(): boolean {
    return this.at >= this.text.length
  }

  skipSpaces(): void {
    while (this.text.charCodeAt(this.at) === codes.space) this.at++
  }

  /** Blanks, comments and line ends, up to the next content. A # counts only after a blank or at the start of a line. */
  skipToContent(): void {
    for (;;) {
      this.skipSpaces()
      const code = this.text.charCodeAt(this.at)
      if (code === codes.hash) {
        if (this.at > this.lineStart && this.text.charCodeAt(this.at - 1) !== codes.space) throw new GiveUp()
        const end = this.text.indexOf('\n', this.at)
        this.at = end < 0 ? this.text.length : end
      } else if (code === codes.lineFeed) this.lineStart = ++this.at
      else return
    }
  }

  /** The same between brackets, where nothing is indented and a tab is a blank like others. */
  skipInBrackets(): void {
    this.skipToContent()
    while (this.text.charCodeAt(this.at) === codes.tab) {
      this.at++
      this.skipToContent()
    }
  }

  /** Whether nothing but a comment follows in this line. Stands behind the blanks afterwards. */
  atLineEnd(): boolean {
    const before = this.at
    this.skipSpaces()
    const code = this.text.charCodeAt(this.at)
    return code === codes.lineFeed || Number.isNaN(code) || (code === codes.hash && this.at > before)
  }

  /** `---` or `...` that ends a document. */
  atDocumentEnd(): boolean {
    if (this.at !== this.lineStart) return false
    const { text, at } = this
    if (!text.startsWith('---', at) && !text.startsWith('...', at)) return false
    const after = text.charCodeAt(at + 3)
    return after === codes.space || after === codes.lineFeed || Number.isNaN(after)
  }

  put(out: Record<string, unknown>, key: string, value: unknown, mark: EntryMark): void {
    if (this.marks !== undefined) markEntry(this.marks, out, key, mark)
    if (Object.hasOwn(out, key)) this.duplicates++
    setOwn(out, key, value)
  }

  push(out: unknown[], value: unknown, valueStart: number): void {
    if (this.marks !== undefined)
      markEntry(this.marks, out, out.length, {
        keyStart: -1,
        keyEnd: -1,
        valueStart,
        valueEnd: this.contentEnd(valueStart),
      })
    out.push(value)
  }

  /** End of what has been read since `start`, without the blanks and comments behind it in other lines. */
  contentEnd(start: number): number {
    const end = this.text.indexOf('\n', start)
    return end < 0 || this.at < end ? Math.max(start, this.at) : end
  }
}
