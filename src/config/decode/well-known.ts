/* The google.protobuf types that have a JSON form of their own. */
import type { Json } from '../../api/config.ts'
import { kinds } from '../schema/schema-types.ts'
import { setOwn } from '../source/set-own.ts'
import type { Decoder } from './decoder.ts'
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
      return Array.isArray(tree) ? plainList(tree) : wrong(decoder, label, 'a list', tree)
    default:
      return plain(tree)
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

function durationFields(decoder: Decoder, tree: { readonly [key: string]: unknown }): string {
  const message = decoder.fields(decoder.schema.requireMessage('google.protobuf.Duration'), tree, {})
  const seconds = Number(message['seconds'] ?? 0)
  const nanos = Number(message['nanos'] ?? 0)
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
  return isTree(tree) ? plainMap(tree) : wrong(decoder, label, 'a map', tree)
}

/** Any JSON, as google.protobuf.Value keeps it. */
function plain(tree: unknown): Json {
  if (Array.isArray(tree)) return plainList(tree)
  if (isTree(tree)) return plainMap(tree)
  if (typeof tree === 'bigint') return Number(tree)
  return tree as null | boolean | number | string
}

function plainList(tree: readonly unknown[]): Json[] {
  return tree.map(plain)
}

function plainMap(tree: { readonly [key: string]: unknown }): Json {
  const out: Record<string, Json> = {}
  for (const key in tree) setOwn(out, key, plain(tree[key]))
  return out
}

function wrong(decoder: Decoder, label: string, expected: string, tree: unknown): undefined {
  decoder.log.report('NU102', `${label} must be ${expected}`, { expected, found: describe(tree) })
  return undefined
}
