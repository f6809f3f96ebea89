/* Scalars as the fast YAML reader takes them: each on one line, literal blocks excepted. */
import type { Cursor } from './cursor.ts'
import { codes, GiveUp } from './cursor.ts'

/** Characters that cannot begin a plain scalar; a tab might be indentation. */
const indicators: ReadonlySet<string> = new Set('\t,[]{}#&*!|>\'"%@`')

/** In blocks, up to the end of the line, a comment or a `: `. Blanks at the end are not part of it. */
export function plainInBlock(cursor: Cursor): string {
  return plain(cursor, isBlockEnd)
}

/** In flow collections commas and brackets end it too. */
export function plainInFlow(cursor: Cursor): string {
  return plain(cursor, isFlowEnd)
}

function plain(cursor: Cursor, isEnd: (text: string, at: number, code: number) => boolean): string {
  const { text } = cursor
  const start = cursor.at
  const first = text[start] ?? ''
  if (indicators.has(first)) throw new GiveUp()
  if ((first === '-' || first === '?' || first === ':') && isGap(text.charCodeAt(start + 1))) throw new GiveUp()
  let at = start
  let end = start
  for (; ; at++) {
    const code = text.charCodeAt(at)
    if (code === codes.space) continue
    if (code === codes.tab) throw new GiveUp()
    if (isEnd(text, at, code)) break
    end = at + 1
  }
  cursor.at = end
  return text.slice(start, end)
}

function isGap(code: number): boolean {
  return code === codes.space || code === codes.lineFeed || Number.isNaN(code)
}

function isBlockEnd(text: string, at: number, code: number): boolean {
  if (code === codes.lineFeed || Number.isNaN(code)) return true
  if (code === codes.colon) return isGap(text.charCodeAt(at + 1))
  return code === codes.hash && text.charCodeAt(at - 1) === codes.space
}

function isFlowEnd(text: string, at: number, code: number): boolean {
  return (
    isFlowIndicator(code) ||
    isBlockEnd(text, at, code) ||
    (code === codes.colon && isFlowIndicator(text.charCodeAt(at + 1)))
  )
}

function isFlowIndicator(code: number): boolean {
  return (
    code === codes.comma ||
    code === codes.openBracket ||
    code === codes.closeBracket ||
    code === codes.openBrace ||
    code === codes.closeBrace
  )
}

/** Stands on the quote. */
export function quoted(cursor: Cursor): string {
  return cursor.code() === codes.doubleQuote ? doubleQuoted(cursor) : singleQuoted(cursor)
}

function singleQuoted(cursor: Cursor): string {
  const { text } = cursor
  let out = ''
  let from = cursor.at + 1
  for (let at = from; ; at++) {
    const code = text.charCodeAt(at)
    if (code === codes.lineFeed || Number.isNaN(code)) throw new GiveUp()
    if (code !== codes.singleQuote) continue
    out += text.slice(from, at)
    if (text.charCodeAt(at + 1) !== codes.singleQuote) {
      cursor.at = at + 1
      return out
    }
    from = ++at
  }
}

function doubleQuoted(cursor: Cursor): string {
  const { text } = cursor
  const start = cursor.at + 1
  for (let at = start; ; at++) {
    const code = text.charCodeAt(at)
    if (code === codes.lineFeed || Number.isNaN(code)) throw new GiveUp()
    if (code === codes.backslash) at++
    else if (code === codes.doubleQuote) {
      cursor.at = at + 1
      const raw = text.slice(start, at)
      return raw.includes('\\') ? unescape(raw) : raw
    }
  }
}

/** The escapes that YAML shares with JSON; the library knows the others. */
function unescape(raw: string): string {
  const plainJson = raw.replaceAll(/\\(u[dD][89a-fA-F]|.)/g, (whole, char: string) => {
    if (!'"\\/bfnrtu'.includes(char)) throw new GiveUp()
    return whole
  })
  try {
    // The text is then a JSON string, but for raw control characters, which the reader has ruled out.
    return JSON.parse(`"${plainJson}"`) as string
  } catch {
    throw new GiveUp()
  }
}

/** `|` with its chomping sign; `parent` is the column of the collection it is in. Stands on the bar. */
export function literal(cursor: Cursor, parent: number): string {
  const { text } = cursor
  const chomping = text[cursor.at + 1] === '-' || text[cursor.at + 1] === '+' ? text[cursor.at + 1] : ''
  cursor.at += chomping === '' ? 1 : 2
  if (!cursor.atLineEnd()) throw new GiveUp()
  const lines: string[] = []
  let indent = -1
  let at = lineAfter(text, cursor.at)
  while (at < text.length) {
    const end = text.indexOf('\n', at)
    const lineEnd = end < 0 ? text.length : end
    const blanks = countSpaces(text, at)
    if (at + blanks < lineEnd) {
      if (indent < 0) {
        if (lines.some((line) => line.length > blanks)) throw new GiveUp()
        indent = blanks
      }
      if (blanks < indent || indent <= parent) break
      lines.push(text.slice(at + indent, lineEnd))
    } else lines.push(indent < 0 ? text.slice(at, lineEnd) : text.slice(Math.min(at + indent, lineEnd), lineEnd))
    if (end < 0) {
      at = text.length
      break
    }
    at = lineEnd + 1
  }
  if (indent < 0 || indent <= parent) throw new GiveUp()
  cursor.at = at
  cursor.lineStart = at
  return chomped(lines, chomping ?? '')
}

function chomped(lines: readonly string[], chomping: string): string {
  const text = lines.join('\n')
  if (chomping === '+') return `${text}\n`
  let end = text.length
  while (text.charCodeAt(end - 1) === codes.lineFeed) end--
  return chomping === '-' ? text.slice(0, end) : `${text.slice(0, end)}\n`
}

function lineAfter(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

function countSpaces(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === codes.space) at++
  return at - from
}
