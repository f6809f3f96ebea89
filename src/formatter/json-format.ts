/**
 * A `json_format`: a Struct whose strings are format strings. A string that is one operator and nothing else keeps the
 * type of its value (null when unset); any other string stays a string. Compiled to literals and operators, so that a
 * record is one pass of concatenation.
 *
 * `omit_empty_values` leaves out nulls and objects with nothing in them, but keeps empty strings and empty lists.
 */
import type { Formatter, FormatterContext } from '../api/access-log.ts'
import type { Json } from '../api/config.ts'
import { compilePieces } from './compile-format.ts'
import { escapeWire, jsonOfValue, jsonStringOfUnicode, jsonStringOfWire, sortedEntries } from './json-text.ts'
import type { JsonObject } from './json-text.ts'
import type { Operator, OperatorTable } from './operator.ts'

export interface JsonFormatOptions {
  readonly omitEmptyValues: boolean
  readonly operators: OperatorTable
  /** A format string that cannot be compiled. */
  onError(message: string): void
}

/** The value as JSON text; undefined where it is left out. */
type Node = (context: FormatterContext) => string | undefined

/** Each record ends with a newline. */
export function compileJsonFormat(format: JsonObject, options: JsonFormatOptions): Formatter {
  const root = compileObject(format, options)
  return { format: (context) => `${root(context) ?? '{}'}\n` }
}

function compileNode(value: Json, options: JsonFormatOptions): Node {
  if (typeof value === 'string') return compileString(value, options)
  if (Array.isArray(value)) return compileList(value, options)
  if (typeof value === 'object' && value !== null) return compileObject(value as JsonObject, options)
  const text = value === null && options.omitEmptyValues ? undefined : jsonOfValue(value)
  return () => text
}

function compileString(text: string, options: JsonFormatOptions): Node {
  const compiled = compilePieces(text, options.operators)
  if (!compiled.ok) {
    options.onError(compiled.message)
    return () => undefined
  }
  const { pieces } = compiled
  const [first] = pieces
  if (pieces.length === 1 && typeof first === 'object') return compileOperatorValue(first, options)
  if (pieces.every((piece) => typeof piece === 'string')) {
    const constant = jsonStringOfWire(pieces.join(''))
    return () => constant
  }
  return compileMixed(pieces, options.omitEmptyValues ? '' : '-')
}

/** Each piece is escaped for itself: bytes that are no UTF-8 do not change how the text around them is written. */
function compileMixed(pieces: readonly (string | Operator)[], unset: string): Node {
  const parts = pieces.map((piece) => (typeof piece === 'string' ? escapeWire(piece) : piece))
  return (context) => {
    let out = '"'
    for (const part of parts) out += typeof part === 'string' ? part : escapeWire(part.text(context) ?? unset)
    return `${out}"`
  }
}

function compileOperatorValue(operator: Operator, options: JsonFormatOptions): Node {
  const fallback = options.omitEmptyValues ? undefined : 'null'
  if (operator.json !== undefined) {
    return (context) => {
      const value = operator.json!(context)
      // Metadata may hold a null.
      return value === undefined || value === 'null' ? fallback : value
    }
  }
  return (context) => {
    const text = operator.text(context)
    return text === undefined ? fallback : jsonStringOfWire(text)
  }
}

function compileList(values: readonly Json[], options: JsonFormatOptions): Node {
  const nodes = values.map((value) => compileNode(value, options))
  return (context) => {
    let out = '['
    for (const node of nodes) {
      const value = node(context)
      if (value !== undefined) out += out === '[' ? value : `,${value}`
    }
    return `${out}]`
  }
}

function compileObject(object: JsonObject, options: JsonFormatOptions): Node {
  const members = sortedEntries(object).map(
    ([key, value]) => [`${jsonStringOfUnicode(key)}:`, compileNode(value, options)] as const,
  )
  const whenEmpty = options.omitEmptyValues ? undefined : '{}'
  return (context) => {
    let out = '{'
    for (let i = 0; i < members.length; i++) {
      const [key, node] = members[i]!
      const value = node(context)
      if (value !== undefined) out += (out === '{' ? key : `,${key}`) + value
    }
    return out === '{' ? whenEmpty : `${out}}`
  }
}
