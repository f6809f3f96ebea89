/* A text that configuration was read from, with its tree and, on demand, the places of everything in it. */
import type { ConfigPlace, FieldPath } from '../../api/config.ts'
import type { EntryMark, Marks } from './marks.ts'
import { newMarks } from './marks.ts'
import { earlierValues } from './repeated-keys.ts'

export interface TreeReader {
  /** Reads again, noting places. Called only for texts that have been read without a problem. */
  (text: string, marks: Marks): unknown
}

export interface Found {
  /** What stands there; undefined if the path ends in something that the text does not have. */
  readonly value: unknown
  readonly mark: EntryMark | undefined
}

export class SourceText {
  readonly file: string
  readonly text: string
  readonly #reader: TreeReader
  #marks: Marks | undefined
  #tree: unknown
  #lines: readonly string[] | undefined
  #lineStarts: readonly number[] | undefined

  constructor(file: string, text: string, reader: TreeReader) {
    this.file = file
    this.text = text
    this.#reader = reader
  }

  marks(): Marks {
    if (this.#marks === undefined) {
      this.#marks = newMarks()
      this.#tree = this.#reader(this.text, this.#marks)
    }
    return this.#marks
  }

  lines(): readonly string[] {
    return (this.#lines ??= this.text.split(/\r?\n/))
  }

  /** Root of the tree that the marks belong to. */
  tree(): unknown {
    this.marks()
    return this.#tree
  }

  place(start: number, end: number): ConfigPlace {
    const starts = (this.#lineStarts ??= lineStarts(this.text))
    const line = lastAtMost(starts, start)
    const lineStart = starts[line] ?? 0
    const lineEnd = (starts[line + 1] ?? this.text.length + 1) - 1
    const length = Math.max(1, Math.min(end, lineEnd) - start)
    return { file: this.file, line: line + 1, column: start - lineStart + 1, length }
  }

  placeOfMark(mark: EntryMark, of: 'key' | 'value'): ConfigPlace {
    if (of === 'key' && mark.keyStart >= 0) return this.place(mark.keyStart, mark.keyEnd)
    return this.place(mark.valueStart, mark.valueEnd)
  }
}

/** The deepest mark on the way, for paths that leave the text (defaults, merged parts). */
export function walk(
  path: FieldPath,
  sources: readonly SourceText[],
): { source: SourceText; mark: EntryMark; whole: boolean } | undefined {
  let at: Position[] = sources.map((source) => ({ source, value: source.tree(), mark: undefined }))
  let best: Position | undefined
  for (const segment of path) {
    if (typeof segment === 'object' && 'any' in segment) continue
    const key = typeof segment === 'object' ? segment.key : segment
    const next = step(at, key)
    if (next.length === 0) return ended(best, false)
    at = next
    best = next.at(-1)
  }
  return ended(best, true)
}

interface Position {
  readonly source: SourceText
  readonly value: unknown
  readonly mark: EntryMark | undefined
}

function ended(
  position: Position | undefined,
  whole: boolean,
): { source: SourceText; mark: EntryMark; whole: boolean } | undefined {
  return position?.mark === undefined ? undefined : { source: position.source, mark: position.mark, whole }
}

/** Later texts are merged over earlier ones: lists are joined, of the rest the last one counts. */
function step(at: readonly Position[], key: string | number): Position[] {
  if (typeof key === 'number') return stepIndex(at, key)
  return at.flatMap((position) => stepKey(position, key))
}

function stepIndex(at: readonly Position[], index: number): Position[] {
  let before = 0
  for (const position of at) {
    const { value, source } = position
    // A single value may stand where a list is meant.
    const length = Array.isArray(value) ? value.length : 1
    if (index - before < length) {
      if (!Array.isArray(value)) return [position]
      const own = index - before
      return [{ source, value: value[own] as unknown, mark: source.marks().containers.get(value)?.get(own) }]
    }
    before += length
  }
  return []
}

function stepKey(position: Position, key: string): Position[] {
  const { value, source } = position
  if (typeof value !== 'object' || value === null) return []
  const entries = source.marks().containers.get(value)
  const map = value as { readonly [key: string]: unknown }
  const spelled = [key, camelCase(key)].find((name) => Object.hasOwn(map, name))
  if (spelled !== undefined) {
    const mark = entries?.get(spelled)
    const before = earlierValues(map)?.get(spelled) ?? []
    return [...before, map[spelled]].map((said) => ({ source, value: said, mark }))
  }
  // A TypedStruct was taken off: its fields stand below `value`.
  if (key !== 'value' && typeof map['value'] === 'object' && map['@type'] !== undefined) {
    return stepKey({ source, value: map['value'], mark: entries?.get('value') }, key)
  }
  return []
}

function camelCase(name: string): string {
  return name.replaceAll(/_+(.?)/g, (_, letter: string) => letter.toUpperCase())
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((sorted[middle] ?? 0) <= value) low = middle
    else high = middle - 1
  }
  return low
}
