/* {…} and […] for the fast YAML reader; they may span lines. */
import type { Cursor } from './cursor.ts'
import { codes, GiveUp } from './cursor.ts'
import { plainInFlow, quoted } from './fast-scalars.ts'
import { resolvePlainScalar } from './plain-scalar.ts'

const deepest = 200

/** Stands on the opening bracket. */
export function flowCollection(cursor: Cursor, depth = 0): unknown {
  if (depth > deepest) throw new GiveUp()
  return cursor.code() === codes.openBrace ? flowMap(cursor, depth) : flowList(cursor, depth)
}

function flowMap(cursor: Cursor, depth: number): unknown {
  const out: Record<string, unknown> = {}
  cursor.at++
  for (;;) {
    cursor.skipInBrackets()
    if (take(cursor, codes.closeBrace)) return out
    const keyStart = cursor.at
    const isQuoted = cursor.code() === codes.doubleQuote || cursor.code() === codes.singleQuote
    const key = isQuoted ? quoted(cursor) : plainInFlow(cursor)
    const keyEnd = cursor.at
    cursor.skipSpaces()
    // A key without a value, or on two lines, is too rare to be read here.
    if (key === '' || !take(cursor, codes.colon)) throw new GiveUp()
    cursor.skipInBrackets()
    const valueStart = cursor.at
    const empty = cursor.code() === codes.comma || cursor.code() === codes.closeBrace
    const value = empty ? null : flowNode(cursor, depth)
    const mark = empty ? [keyStart, keyEnd] : [valueStart, cursor.contentEnd(valueStart)]
    cursor.put(out, key, value, { keyStart, keyEnd, valueStart: mark[0] ?? 0, valueEnd: mark[1] ?? 0 })
    separator(cursor, codes.closeBrace)
  }
}

function flowList(cursor: Cursor, depth: number): unknown {
  const out: unknown[] = []
  cursor.at++
  for (;;) {
    cursor.skipInBrackets()
    if (take(cursor, codes.closeBracket)) return out
    const start = cursor.at
    const value = flowNode(cursor, depth)
    cursor.push(out, value, start)
    separator(cursor, codes.closeBracket)
  }
}

function flowNode(cursor: Cursor, depth: number): unknown {
  switch (cursor.code()) {
    case codes.openBrace:
    case codes.openBracket:
      return flowCollection(cursor, depth + 1)
    case codes.doubleQuote:
    case codes.singleQuote:
      return quoted(cursor)
    default: {
      const text = plainInFlow(cursor)
      if (text === '') throw new GiveUp()
      return resolvePlainScalar(text)
    }
  }
}

/** A comma, or the closing bracket left standing. Anything else (`[a: b]`, text on two lines) is not for us. */
function separator(cursor: Cursor, closing: number): void {
  cursor.skipInBrackets()
  if (!take(cursor, codes.comma) && cursor.code() !== closing) throw new GiveUp()
}

function take(cursor: Cursor, code: number): boolean {
  if (cursor.code() !== code) return false
  cursor.at++
  return true
}
