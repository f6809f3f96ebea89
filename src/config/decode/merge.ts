/*
 * protobuf's MergeFrom on canonical messages: scalars of `over` replace, messages merge, lists are joined, maps by key,
 * a field of a oneof ends its siblings. Any is a message of two scalars, so a whole Any replaces.
 */
import type { Json, Message } from '../../api/config.ts'
import type { FieldType, MessageType } from '../schema/schema-types.ts'
import { cardinalities, kinds } from '../schema/schema-types.ts'
import type { Schema } from '../schema/schema.ts'
import { isWellKnown } from './well-known.ts'

export function mergeMessages(schema: Schema, type: MessageType, base: Message, over: Message): Message {
  const out: Record<string, Json> = {}
  const replaced = new Set(
    type.fields.filter((field) => over[field.name] !== undefined && field.oneof >= 0).map((field) => field.oneof),
  )
  for (const field of type.fields) {
    const under = base[field.name]
    const above = over[field.name]
    const value =
      above === undefined
        ? field.oneof >= 0 && replaced.has(field.oneof)
          ? undefined
          : under
        : under === undefined
          ? above
          : mergeField(schema, field, under, above)
    if (value !== undefined) out[field.name] = value
  }
  return out
}

function mergeField(schema: Schema, field: FieldType, under: Json, above: Json): Json {
  if (field.cardinality === cardinalities.repeated)
    return [...(under as readonly Json[]), ...(above as readonly Json[])]
  if (field.cardinality === cardinalities.map) return { ...(under as Message), ...(above as Message) }
  if (field.kind !== kinds.message) return above
  if (field.typeName === 'google.protobuf.Struct') return { ...(under as Message), ...(above as Message) }
  if (isWellKnown(field.typeName) || field.typeName === 'google.protobuf.Any') return above
  return mergeMessages(schema, schema.requireMessage(field.typeName), under as Message, above as Message)
}

/**
 * What a field holds that one map of JSON sets again, by its one name or by both: as `mergeMessages`, but a type with a JSON form
 * of its own holds what the last one says. `before`: undefined if nothing came.
 */
export function joinSaidAgain(schema: Schema, field: FieldType, before: Json | undefined, value: Json): Json {
  if (before === undefined) return value
  const isWhole = field.cardinality !== cardinalities.repeated && field.cardinality !== cardinalities.map
  return isWhole && isWellKnown(field.typeName) ? value : mergeField(schema, field, before, value)
}
