/** Finds the end of a Thrift struct as its bytes come, and keeps none of them. */
import type { ByteCursor } from './byte-cursor.ts'
import { ByteCursor as Cursor } from './byte-cursor.ts'

/** What is still to be passed over: fields until the end of a struct, or so many values of types that take turns. */
type Frame = { readonly kind: 'fields' } | { readonly kind: 'values'; readonly types: readonly number[]; left: number }

type Progress = 'ok' | 'more' | 'error'

const MOST_DEPTH = 64

/** Types of the binary protocols; compact ones are told apart by `#isCompact`. */
const BINARY = {
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
}
const FIXED_BYTES: Readonly<Record<number, number>> = {
  [BINARY.bool]: 1,
  [BINARY.byte]: 1,
  [BINARY.double]: 8,
  [BINARY.i16]: 2,
  [BINARY.i32]: 4,
  [BINARY.i64]: 8,
}
const COMPACT = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
}

export class StructSkipper {
  readonly #isCompact: boolean
  readonly #stack: Frame[] = [{ kind: 'fields' }]
  /** Bytes of a string or number that do not matter. */
  #skip = 0

  constructor(isCompact: boolean) {
    this.#isCompact = isCompact
  }

  /** Takes from the start of `bytes` what belongs to the struct, and says how much that was. */
  take(bytes: Buffer): { readonly taken: number; readonly outcome: 'end' | 'more' | 'error' } {
    const cursor = new Cursor(bytes)
    for (;;) {
      const skipped = Math.min(this.#skip, cursor.left)
      cursor.at += skipped
      this.#skip -= skipped
      const frame = this.#stack.at(-1)
      if (frame === undefined && this.#skip === 0) return { taken: cursor.at, outcome: 'end' }
      if (frame === undefined || this.#skip > 0) return { taken: cursor.at, outcome: 'more' }
      const start = cursor.at
      const progress = frame.kind === 'fields' ? this.#field(cursor) : this.#next(frame, cursor)
      if (progress === 'ok') continue
      return { taken: progress === 'more' ? start : cursor.at, outcome: progress }
    }
  }

  #next(frame: Frame & { kind: 'values' }, cursor: ByteCursor): Progress {
    if (frame.left === 0) {
      this.#stack.pop()
      return 'ok'
    }
    const type = frame.types[frame.left % frame.types.length]!
    const progress = this.#isCompact ? this.#compactValue(type, cursor, false) : this.#binaryValue(type, cursor)
    if (progress === 'ok') frame.left--
    return progress
  }

  #field(cursor: ByteCursor): Progress {
    if (cursor.left < 1) return 'more'
    const first = cursor.uint8()
    const type = this.#isCompact ? first & 0x0f : first
    if (type === 0) {
      this.#stack.pop()
      return 'ok'
    }
    if (!this.#isCompact) {
      if (cursor.left < 2) return 'more'
      cursor.uint16()
      return this.#binaryValue(type, cursor)
    }
    if (first >> 4 === 0) {
      const id = cursor.varint()
      if (id === undefined) return 'more'
    }
    return this.#compactValue(type, cursor, true)
  }

  #binaryValue(type: number, cursor: ByteCursor): Progress {
    const fixed = FIXED_BYTES[type]
    if (fixed !== undefined) return this.#pass(fixed)
    switch (type) {
      case BINARY.string:
        return cursor.left < 4 ? 'more' : this.#pass(cursor.int32())
      case BINARY.struct:
        return this.#open({ kind: 'fields' })
      case BINARY.list:
      case BINARY.set: {
        if (cursor.left < 5) return 'more'
        const types = [cursor.uint8()]
        return this.#openValues(types, cursor.int32())
      }
      case BINARY.map: {
        if (cursor.left < 6) return 'more'
        // They take turns from the last one on.
        const key = cursor.uint8()
        const value = cursor.uint8()
        return this.#openValues([key, value], cursor.int32() * 2)
      }
      default:
        return 'error'
    }
  }

  /** The value of a field that is a boolean stands in its type. */
  #compactValue(type: number, cursor: ByteCursor, isField: boolean): Progress {
    switch (type) {
      case COMPACT.true:
      case COMPACT.false:
        return this.#pass(isField ? 0 : 1)
      case COMPACT.byte:
        return this.#pass(1)
      case COMPACT.double:
        return this.#pass(8)
      case COMPACT.i16:
      case COMPACT.i32:
      case COMPACT.i64:
        return sized(cursor.varint(), () => 'ok')
      case COMPACT.binary:
        return sized(cursor.varint(), (size) => this.#pass(size))
      case COMPACT.struct:
        return this.#open({ kind: 'fields' })
      case COMPACT.list:
      case COMPACT.set:
        return this.#compactList(cursor)
      case COMPACT.map:
        return this.#compactMap(cursor)
      default:
        return 'error'
    }
  }

  #compactList(cursor: ByteCursor): Progress {
    if (cursor.left < 1) return 'more'
    const first = cursor.uint8()
    const types = [first & 0x0f]
    if (first >> 4 !== 15) return this.#openValues(types, first >> 4)
    return sized(cursor.varint(), (size) => this.#openValues(types, size))
  }

  #compactMap(cursor: ByteCursor): Progress {
    return sized(cursor.varint(), (size) => {
      if (size === 0) return 'ok'
      if (cursor.left < 1) return 'more'
      const types = cursor.uint8()
      return this.#openValues([types >> 4, types & 0x0f], size * 2)
    })
  }

  #pass(bytes: number): Progress {
    if (bytes < 0) return 'error'
    this.#skip = bytes
    return 'ok'
  }

  /** An even number of them begins with the first type. */
  #openValues(types: readonly number[], left: number): Progress {
    return left < 0 ? 'error' : this.#open({ kind: 'values', types, left })
  }

  #open(frame: Frame): Progress {
    if (this.#stack.length >= MOST_DEPTH) return 'error'
    this.#stack.push(frame)
    return 'ok'
  }
}

function sized(number: number | 'too long' | undefined, then: (size: number) => Progress): Progress {
  if (number === undefined) return 'more'
  return number === 'too long' ? 'error' : then(number)
}
