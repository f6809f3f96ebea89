/**
 * A canonical message as plain values: whole numbers are bigints, bytes are bytes, enums are their numbers, wrappers are what
 * they wrap. Fields that are not set are not there. For what looks into messages without knowing their types, as CEL does.
 */
import type { Json, Message } from '../../api/config.ts'
import { bytesOf, messageOf, typeNameOfUrl, typeUrlOf } from '../reader/read-values.ts'
import type { FieldType } from '../schema/schema-types.ts'
import { cardinalities, kinds } from '../schema/schema-types.ts'
import type { Schema } from '../schema/schema.ts'
import { isWellKnown } from './well-known.ts'

export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue }

/** Of an Any; one without a type has nothing in it. */
export function plainAny(schema: Schema, any: Message): PlainValue {
  const typeName = typeNameOfUrl(typeUrlOf(any) ?? '')
  if (typeName === '') return {}
  if (isWellKnown(typeName)) return plainWellKnown(typeName, any['value'])
  return plainMessage(schema, typeName, any)
}

function plainMessage(schema: Schema, typeName: string, message: Message): PlainValue {
  if (typeName === 'google.protobuf.Any') return plainAny(schema, message)
  const { byName } = schema.requireMessage(typeName)
  const plain: Record<string, PlainValue> = {}
  for (const [name, value] of Object.entries(message)) {
    const field = byName.get(name)
    if (field !== undefined) plain[name] = plainField(schema, field, value)
  }
  return plain
}

function plainField(schema: Schema, field: FieldType, value: Json): PlainValue {
  if (field.cardinality === cardinalities.repeated && Array.isArray(value)) {
    return (value as readonly Json[]).map((each) => plainSingle(schema, field.kind, field.typeName, each))
  }
  const entries = field.cardinality === cardinalities.map ? messageOf(value) : undefined
  if (entries === undefined) return plainSingle(schema, field.kind, field.typeName, value)
  return Object.fromEntries(
    Object.entries(entries).map(([key, each]) => [key, plainSingle(schema, field.mapValue, field.typeName, each)]),
  )
}

function plainSingle(schema: Schema, kind: number, typeName: string, value: Json): PlainValue {
  switch (kind) {
    case kinds.message:
    case kinds.group:
      if (isWellKnown(typeName)) return plainWellKnown(typeName, value)
      return plainMessage(schema, typeName, messageOf(value) ?? {})
    case kinds.enum: {
      const number = typeof value === 'string' ? schema.requireEnum(typeName).byName.get(value)?.number : value
      return BigInt(typeof number === 'number' ? number : 0)
    }
    case kinds.bytes:
      return bytesOf(value) ?? null
    case kinds.double:
    case kinds.float:
      return Number(value)
    case kinds.bool:
    case kinds.string:
      return value
    default:
      return BigInt(value as number | string)
  }
}

const WHOLE = /^google\.protobuf\.U?Int(?:32|64)Value$/

function plainWellKnown(typeName: string, value: Json | undefined): PlainValue {
  if (value === undefined) return null
  if (WHOLE.test(typeName)) return BigInt(value as number | string)
  return typeName === 'google.protobuf.BytesValue' ? (bytesOf(value) ?? null) : value
}
