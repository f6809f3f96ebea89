/*
 * JSON as Envoy's logs write it: no blanks, `/` and everything above ASCII as it is, and output that is always valid.
 * Two kinds of text go in: wire text (bytes as latin1 code units) and Unicode; wire text comes out.
 */
import type { Json } from '../api/config.ts'
import { jsonNumber } from '../base/number-format.ts'
import { toWireText } from '../base/wire-text.ts'

/** Nothing in it needs an escape or a check. */
const PLAIN = /^[ !#-[\]-~]*$/

export function jsonStringOfWire(text: string): string {
  return `"${escapeWire(text)}"`
}

/** What stands between the quotes, or a part of that. */
export function escapeWire(text: string): string {
  if (PLAIN.test(text)) return text
  return isUtf8(Buffer.from(text, 'latin1')) ? escapeText(text) : escapeBytes(text)
}

export function jsonStringOfUnicode(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  // Bytes that are no UTF-8 are told from it on the wire.
  return text.isWellFormed() ? `"${escapeText(toWireText(text))}"` : jsonStringOfWire(toWireText(text))
}

/** Plain data with Unicode strings: metadata and literals of a configuration. Keys are sorted, as Struct's are. */
export function jsonOfValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return jsonStringOfUnicode(value)
    case 'number':
      return jsonNumber(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? `[${value.map(jsonOfValue).join(',')}]` : jsonOfObject(value)
    default:
      return 'null'
  }
}

function jsonOfObject(object: object): string {
  const members = sortedEntries(object).map(([key, value]) => `${jsonStringOfUnicode(key)}:${jsonOfValue(value)}`)
  return `{${members.join(',')}}`
}

/** By the bytes of the keys, as a std::map has them. */
export function sortedEntries<T>(object: Readonly<Record<string, T>> | object): [string, T][] {
  const entries: [string, T][] = Object.entries(object)
  return entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

export type JsonObject = { readonly [key: string]: Json }

const DECODER = { fatal: true } as const

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', DECODER).decode(bytes)
    return true
  } catch {
    return false
  }
}

function escapeText(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/["\\\u0000-\u001f]/g, escapeCharacter)
}

function escapeCharacter(character: string): string {
  switch (character) {
    case '"':
    case '\\':
      return `\\${character}`
    case '\b':
      return '\\b'
    case '\f':
      return '\\f'
    case '\n':
      return '\\n'
    case '\r':
      return '\\r'
    case '\t':
      return '\\t'
    default:
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  }
}

/** Bytes that are not UTF-8 as a whole: whatever is not printable ASCII, quotes and backslashes stand as numbers. */
function escapeBytes(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/["\\\u0000-\u001f\u007f-\u00ff]/g, (byte) => {
    return `\\u${byte.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
