/** The lines of a map that were not received: those that somebody added, in their order. */
import type { ByteWriter } from '../../base/byte-writer.ts'

/** From one added line to the next. */
export const ADDED_STRIDE = 3

export abstract class AddedLines {
  /** Name, value, and how the line begins on the wire (see `lineStart`). */
  #added: string[] | undefined = undefined
  /** How much of it is used. */
  #end = 0

  protected get addedCount(): number {
    return this.#end / ADDED_STRIDE
  }

  /** Of names and values. */
  protected get addedBytes(): number {
    const added = this.#added
    let bytes = 0
    for (let i = 0; i < this.#end; i += ADDED_STRIDE) bytes += added![i]!.length + added![i + 1]!.length
    return bytes
  }

  protected pushAdded(name: string, value: string, start: string): void {
    const added = this.#added
    const end = this.#end
    // Nearly every message gets two or three lines: room for them at once.
    if (added === undefined) this.#added = [name, value, start, '', '', '', '', '', '']
    else if (end === added.length) added.push(name, value, start)
    else {
      added[end] = name
      added[end + 1] = value
      added[end + 2] = start
    }
    this.#end = end + ADDED_STRIDE
  }

  /** Where the first added line of that name at or behind `from` is, or -1. */
  protected findAdded(name: string, from: number): number {
    const added = this.#added
    for (let i = from; i < this.#end; i += ADDED_STRIDE) if (added![i] === name) return i
    return -1
  }

  protected addedValue(at: number): string {
    return this.#added![at + 1]!
  }

  protected setAdded(at: number, value: string): void {
    this.#added![at + 1] = value
  }

  /** Removes the lines of that name at or behind `from`; how many there were. */
  protected removeAdded(name: string, from: number): number {
    const first = this.findAdded(name, from)
    if (first < 0) return 0
    const added = this.#added!
    const end = this.#end
    let kept = first
    for (let i = first + ADDED_STRIDE; i < end; i += ADDED_STRIDE) {
      if (added[i] === name) continue
      added[kept] = added[i]!
      added[kept + 1] = added[i + 1]!
      added[kept + 2] = added[i + 2]!
      kept += ADDED_STRIDE
    }
    this.#end = kept
    return (end - kept) / ADDED_STRIDE
  }

  protected visitAdded(visit: (name: string, value: string) => void): void {
    const added = this.#added
    for (let i = 0; i < this.#end; i += ADDED_STRIDE) visit(added![i]!, added![i + 1]!)
  }

  /** But for those that begin in one of these ways. */
  protected writeAdded(out: ByteWriter, skip: string | undefined, skipToo: string | undefined): void {
    const added = this.#added
    for (let i = 0; i < this.#end; i += ADDED_STRIDE) {
      const start = added![i + 2]!
      if (start === skip || start === skipToo) continue
      out.text(start)
      out.text(added![i + 1]!)
    }
  }
}
