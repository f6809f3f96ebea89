/* Where the parts of a tree stand in its text. Offsets in UTF-16 units; made only when somebody asks for places. */

export interface EntryMark {
  /** -1 in lists, which have no keys. */
  readonly keyStart: number
  readonly keyEnd: number
  readonly valueStart: number
  readonly valueEnd: number
}

/** An entry that a later one with the same key replaced. */
export interface DuplicateKey {
  readonly key: string
  readonly first: EntryMark
  readonly second: EntryMark
}

export interface Marks {
  /** By map or list of the tree. */
  readonly containers: Map<object, Map<string | number, EntryMark>>
  readonly duplicates: DuplicateKey[]
  /** Where the second document of a stream begins. */
  secondDocument: number | undefined
}

export function newMarks(): Marks {
  return { containers: new Map(), duplicates: [], secondDocument: undefined }
}

/** Notes an entry; a key that was there already is a duplicate. */
export function markEntry(marks: Marks, container: object, key: string | number, mark: EntryMark): void {
  let entries = marks.containers.get(container)
  if (entries === undefined) marks.containers.set(container, (entries = new Map()))
  const before = entries.get(key)
  if (before !== undefined) marks.duplicates.push({ key: String(key), first: before, second: mark })
  entries.set(key, mark)
}
