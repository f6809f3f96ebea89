/*
 * The YAML that configurations are written in, read in one pass: blocks by indentation, flow collections, scalars on one
 * line, literal blocks, comments. Anchors, tags, folded text, tabs and everything that looks wrong are left to the
 * library, which also words the errors. Thirty times as fast as the library, and it knows Envoy's scalars, which the
 * runtime's own reader does not (`"on"` and `on` differ).
 */
import type { Marks } from '../source/marks.ts'
import { codes, Cursor, GiveUp } from './cursor.ts'
import { flowCollection } from './fast-flow.ts'
import { literal, plainInBlock, quoted } from './fast-scalars.ts'
import { resolvePlainScalar } from './plain-scalar.ts'

export interface FastYaml {
  readonly tree: unknown
  readonly duplicates: number
  readonly hasSecondDocument: boolean
}

/** Undefined if the text is not for this reader. */
export function readFastYaml(text: string, marks?: Marks): FastYaml | undefined {
  if (unusual.test(text)) return undefined
  const cursor = new Cursor(text, marks)
  try {
    const tree = document(cursor)
    const second = cursor.ended() ? undefined : secondDocument(cursor)
    if (marks !== undefined) marks.secondDocument = second
    return { tree, duplicates: cursor.duplicates, hasSecondDocument: second !== undefined }
  } catch (problem) {
    if (!(problem instanceof GiveUp)) throw problem
    if (marks !== undefined) {
      marks.containers.clear()
      marks.duplicates.length = 0
    }
    return undefined
  }
}

/** Control characters (carriage returns among them, tabs not), directives, a byte order mark. */
// eslint-disable-next-line no-control-regex -- those are what must not be there
const unusual = /[\0-\x08\x0b-\x1f\x7f\u0085\u2028\u2029\ufeff]|^%/m

function document(cursor: Cursor): unknown {
  cursor.skipToContent()
  if (cursor.atDocumentEnd()) {
    if (!cursor.text.startsWith('---', cursor.at)) throw new GiveUp()
    cursor.at += 3
    if (!cursor.atLineEnd()) throw new GiveUp()
    cursor.skipToContent()
  }
  if (cursor.ended() || cursor.atDocumentEnd()) throw new GiveUp()
  const tree = block(cursor, -1, 0)
  // A scalar is no configuration; the library may say so.
  if (typeof tree !== 'object' || tree === null) throw new GiveUp()
  cursor.skipToContent()
  if (!cursor.ended() && !cursor.atDocumentEnd()) throw new GiveUp()
  return tree
}

/** Undefined after `...` or `---` with nothing behind it. */
function secondDocument(cursor: Cursor): number | undefined {
  const marker = cursor.at
  cursor.at += 3
  cursor.skipToContent()
  return cursor.ended() ? undefined : marker
}

const deepest = 200

/** A block node; `parent` is the column of the collection it is in. Stands on its first character. */
function block(cursor: Cursor, parent: number, depth: number): unknown {
  if (depth > deepest) throw new GiveUp()
  if (cursor.atDocumentEnd()) throw new GiveUp()
  if (atDash(cursor)) return blockList(cursor, cursor.column(), depth)
  const start = cursor.at
  const key = blockKey(cursor)
  if (key !== undefined) return blockMap(cursor, cursor.lineStart, start - cursor.lineStart, key, start, depth)
  cursor.at = start
  return inline(cursor, parent)
}

function atDash(cursor: Cursor): boolean {
  if (cursor.code() !== codes.dash) return false
  const next = cursor.code(1)
  return next === codes.space || next === codes.lineFeed || Number.isNaN(next)
}

/** The key before a colon, standing behind the colon; undefined if there is none. */
function blockKey(cursor: Cursor): string | undefined {
  const code = cursor.code()
  if (code === codes.openBrace || code === codes.openBracket || code === codes.bar) return undefined
  const isQuoted = code === codes.doubleQuote || code === codes.singleQuote
  const key = isQuoted ? quoted(cursor) : plainInBlock(cursor)
  cursor.skipSpaces()
  if (cursor.code() !== codes.colon) return undefined
  const next = cursor.code(1)
  if (next !== codes.space && next !== codes.lineFeed && !Number.isNaN(next)) throw new GiveUp()
  cursor.at++
  return key
}

function blockMap(
  cursor: Cursor,
  lineStart: number,
  column: number,
  firstKey: string,
  firstStart: number,
  depth: number,
): unknown {
  const out: Record<string, unknown> = {}
  let key: string | undefined = firstKey
  let keyStart = firstStart
  let keyLine = lineStart
  for (;;) {
    const keyEnd = keyEndOf(cursor, keyStart)
    const value = mapValue(cursor, column, keyLine, depth)
    const { valueStart } = value
    const atKey = valueStart < 0
    cursor.put(out, key, value.tree, {
      keyStart,
      keyEnd,
      valueStart: atKey ? keyStart : valueStart,
      valueEnd: atKey ? keyEnd : cursor.contentEnd(valueStart),
    })
    cursor.skipToContent()
    if (cursor.ended() || cursor.column() < column || cursor.atDocumentEnd()) return out
    if (cursor.column() > column || cursor.at === keyStart) throw new GiveUp()
    keyStart = cursor.at
    keyLine = cursor.lineStart
    if (atDash(cursor)) throw new GiveUp()
    key = blockKey(cursor)
    if (key === undefined) throw new GiveUp()
  }
}

/** Of a key that has just been read; the cursor stands behind its colon. */
function keyEndOf(cursor: Cursor, keyStart: number): number {
  let end = cursor.at - 1
  while (end > keyStart && cursor.text.charCodeAt(end - 1) === codes.space) end--
  return end
}

interface Value {
  readonly tree: unknown
  /** -1: there is none. */
  readonly valueStart: number
}

function mapValue(cursor: Cursor, column: number, keyLine: number, depth: number): Value {
  if (!cursor.atLineEnd()) {
    const valueStart = cursor.at
    if (atDash(cursor)) throw new GiveUp()
    return { tree: inline(cursor, column), valueStart }
  }
  cursor.skipToContent()
  const isBelow = !cursor.ended() && cursor.lineStart !== keyLine && !cursor.atDocumentEnd()
  const valueStart = cursor.at
  if (isBelow && cursor.column() > column) return { tree: block(cursor, column, depth + 1), valueStart }
  // The items of a list may stand at the column of its key.
  if (isBelow && cursor.column() === column && atDash(cursor))
    return { tree: blockList(cursor, column, depth + 1), valueStart }
  return { tree: null, valueStart: -1 }
}

function blockList(cursor: Cursor, column: number, depth: number): unknown {
  const out: unknown[] = []
  for (;;) {
    const dash = cursor.at
    const dashLine = cursor.lineStart
    cursor.at++
    if (cursor.atLineEnd()) cursor.skipToContent()
    const start = cursor.at
    const isOwn =
      !cursor.ended() && cursor.column() > column && !(cursor.lineStart !== dashLine && cursor.atDocumentEnd())
    const value = isOwn ? block(cursor, column, depth + 1) : null
    cursor.push(out, value, isOwn ? start : dash)
    cursor.skipToContent()
    if (cursor.ended() || cursor.column() < column || cursor.atDocumentEnd()) return out
    if (cursor.column() > column) throw new GiveUp()
    // In a map, its next key stands at the column of the list.
    if (!atDash(cursor)) return out
  }
}

/** What stands behind a key or dash in its line. */
function inline(cursor: Cursor, parent: number): unknown {
  const value = inlineValue(cursor, parent)
  // Text that goes on in the next line is joined by the library.
  const { at, lineStart } = cursor
  if (at !== lineStart && !cursor.atLineEnd()) throw new GiveUp()
  cursor.skipToContent()
  if (!cursor.ended() && cursor.column() > parent && !cursor.atDocumentEnd()) throw new GiveUp()
  cursor.at = at
  cursor.lineStart = lineStart
  return value
}

function inlineValue(cursor: Cursor, parent: number): unknown {
  switch (cursor.code()) {
    case codes.openBrace:
    case codes.openBracket:
      return flowCollection(cursor)
    case codes.doubleQuote:
    case codes.singleQuote:
      return quoted(cursor)
    case codes.bar:
      return literal(cursor, parent)
    default:
      return resolvePlainScalar(plainInBlock(cursor))
  }
}
