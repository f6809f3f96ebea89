/* The google.protobuf types that have a JSON form of their own. */
import type { Json } from '../../api/config.ts'
import { kinds } from '../schema/schema-types.ts'
import { deepest } from '../source/json-reader.ts'
import { repeatedKeyIn } from '../source/repeated-keys.ts'
import { setOwn } from '../source/set-own.ts'
import type { Decoder } from './decoder.ts'
import type { Tree } from './tree.ts'
import { isTree } from './tree.ts'
import { describe } from './describe.ts'
import { decodeDuration, decodeTimestamp, formatDuration } from './duration.ts'
import { decodeScalar } from './scalars.ts'

/** What is inside the wrappers. */
const wrapped: ReadonlyMap<string, number> = new Map([
  ['google.protobuf.DoubleValue', kinds.double],
  ['google.protobuf.FloatValue', kinds.float],
  ['google.protobuf.Int64Value', kinds.int64],
  ['google.protobuf.UInt64Value', kinds.uint64],
  ['google.protobuf.Int32Value', kinds.int32],
  ['google.protobuf.UInt32Value', kinds.uint32],
  ['google.protobuf.BoolValue', kinds.bool],
  ['google.protobuf.StringValue', kinds.string],
  ['google.protobuf.BytesValue', kinds.bytes],
])

const special: ReadonlySet<string> = new Set([
  ...wrapped.keys(),
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
  'google.protobuf.FieldMask',
  'google.protobuf.Struct',
  'google.protobuf.Value',
  'google.protobuf.ListValue',
])

export function isWellKnown(typeName: string): boolean {
  return special.has(typeName)
}

/** Kind of the scalar in a wrapper; undefined for other types. */
export function wrappedKind(typeName: string): number | undefined {
  return wrapped.get(typeName)
}

export function decodeWellKnown(decoder: Decoder, typeName: string, label: string, tree: unknown): Json | undefined {
  const inside = wrapped.get(typeName)
  if (inside !== undefined) return decodeWrapper(decoder, inside, typeName, label, tree)
  switch (typeName) {
    case 'google.protobuf.Duration':
      return isTree(tree) ? durationFields(decoder, tree) : decodeDuration(label, tree, decoder.log)
    case 'google.protobuf.Timestamp':
      return decodeTimestamp(label, tree, decoder.log)
    case 'google.protobuf.FieldMask':
      return decodeFieldMask(decoder, label, tree)
    case 'google.protobuf.Struct':
      return decodeStruct(decoder, label, tree)
    case 'google.protobuf.ListValue':
      return Array.isArray(tree) ? plainValue(decoder, tree) : wrong(decoder, label, 'a list', tree)
    default:
      return plainValue(decoder, tree)
  }
}

/** Lenient mode also takes the message form, {value: 5}. */
function decodeWrapper(
  decoder: Decoder,
  kind: number,
  typeName: string,
  label: string,
  tree: unknown,
): Json | undefined {
  if (!isTree(tree)) return decodeScalar(kind, label, tree, decoder.log)
  const message = decoder.message(decoder.schema.requireMessage(typeName), label, tree)
  if (message === undefined) return undefined
  return message['value'] ?? zero(kind)
}

function zero(kind: number): Json {
  switch (kind) {
    case kinds.bool:
      return false
    case kinds.string:
    case kinds.bytes:
      return ''
    case kinds.int64:
    case kinds.uint64:
      return '0'
    default:
      return 0
  }
}

const MOST_NANOS = 999_999_999

function durationFields(decoder: Decoder, tree: { readonly [key: string]: unknown }): string {
  const message = decoder.fields(decoder.schema.requireMessage('google.protobuf.Duration'), tree, {})
  const seconds = Number(message['seconds'] ?? 0)
  const nanos = Number(message['nanos'] ?? 0)
  if (Math.abs(nanos) > MOST_NANOS) decoder.log.report('NU104', 'Duration out-of-range', { found: `nanos: ${nanos}` })
  const text = formatDuration(Math.abs(seconds), Math.abs(nanos))
  return seconds < 0 || nanos < 0 ? `-${text}` : text
}

function decodeFieldMask(decoder: Decoder, label: string, tree: unknown): Json | undefined {
  if (typeof tree === 'string') return tree
  if (!isTree(tree) || !Array.isArray(tree['paths']))
    return wrong(decoder, label, 'field names with commas between', tree)
  return tree['paths'].map((path) => camel(String(path))).join(',')
}

function camel(path: string): string {
  return path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function decodeStruct(decoder: Decoder, label: string, tree: unknown): Json | undefined {
  return isTree(tree) ? plainValue(decoder, tree) : wrong(decoder, label, 'a map', tree)
}

/** Any JSON, as google.protobuf.Value keeps it. Everything else ends where the schema does; this may go on for ever. */
function plainValue(decoder: Decoder, tree: unknown): Json | undefined {
  const again = repeatedKeyIn(tree)
  if (again !== undefined) decoder.reportRepeatedKey(again)
  const value = plain(tree, deepest - decoder.log.depth())
  if (value === undefined) decoder.log.report('NU102', 'JSON content was too deeply nested')
  return value
}

/** Undefined: deeper than `levels`. */
function plain(tree: unknown, levels: number): Json | undefined {
  if (typeof tree !== 'object' || tree === null)
    return typeof tree === 'bigint' ? Number(tree) : (tree as null | boolean | number | string)
  if (levels <= 0) return undefined
  return Array.isArray(tree) ? plainList(tree, levels) : plainMap(tree as Tree, levels)
}

function plainList(tree: readonly unknown[], levels: number): Json[] | undefined {
  const out: Json[] = []
  for (const item of tree) {
    const value = plain(item, levels - 1)
    if (value === undefined) return undefined
    out.push(value)
  }
  return out
}

function plainMap(tree: Tree, levels: number): Json | undefined {
  const out: Record<string, Json> = {}
  for (const key in tree) {
    const value = plain(tree[key], levels - 1)
    if (value === undefined) return undefined
    setOwn(out, key, value)
  }
  return out
}

function wrong(decoder: Decoder, label: string, expected: string, tree: unknown): undefined {
  decoder.log.report('NU102', `${label} must be ${expected}`, { expected, found: describe(tree) })
  return undefined
}
