/*
 * protobuf's MergeFrom on canonical messages: scalars of `over` replace, messages merge, lists are joined, maps by key,
 * a field of a oneof ends its siblings. What says nothing in bytes changes nothing: a wrapper of 0, '' or false, seconds or
 * nanoseconds of 0, an Any without fields.
 */
import type { Json, Message } from '../../api/config.ts'
import type { FieldType, MessageType } from '../schema/schema-types.ts'
import { cardinalities, kinds } from '../schema/schema-types.ts'
import type { Schema } from '../schema/schema.ts'
import { mergeDurations } from './duration.ts'
import { isWellKnown, wrappedKind } from './well-known.ts'

/** parts: as MergeFrom does; whole: the last one counts, as protobuf's JSON parser does it. */
type OwnForms = 'parts' | 'whole'

export function mergeMessages(
  schema: Schema,
  type: MessageType,
  base: Message,
  over: Message,
  ownForms: OwnForms = 'parts',
): Message {
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
          : mergeField(schema, field, under, above, ownForms)
    if (value !== undefined) out[field.name] = value
  }
  return out
}

function mergeField(schema: Schema, field: FieldType, under: Json, above: Json, ownForms: OwnForms): Json {
  if (field.cardinality === cardinalities.repeated)
    return [...(under as readonly Json[]), ...(above as readonly Json[])]
  if (field.cardinality === cardinalities.map) return { ...(under as Message), ...(above as Message) }
  if (field.kind !== kinds.message) return above
  if (isWellKnown(field.typeName) || field.typeName === 'google.protobuf.Any')
    return ownForms === 'whole' ? above : mergeOwnForm(field.typeName, under, above)
  return mergeMessages(schema, schema.requireMessage(field.typeName), under as Message, above as Message, ownForms)
}

function mergeOwnForm(typeName: string, under: Json, above: Json): Json {
  const wrapped = wrappedKind(typeName)
  if (wrapped !== undefined) return isZero(wrapped, above) ? under : above
  switch (typeName) {
    case 'google.protobuf.Struct':
      return { ...(under as Message), ...(above as Message) }
    case 'google.protobuf.ListValue':
      return [...(under as readonly Json[]), ...(above as readonly Json[])]
    case 'google.protobuf.Duration':
      return mergeDurations(String(under), String(above))
    case 'google.protobuf.Any':
      return isBare(above as Message, under as Message) ? under : above
    default:
      return above
  }
}

function isZero(kind: number, value: Json): boolean {
  if (kind === kinds.string || kind === kinds.bytes) return value === ''
  // Numbers of 64 bits are texts.
  return value === 0 || value === '0' || value === false
}

/** A type alone, and the one that is there. */
function isBare(any: Message, other: Message): boolean {
  return any['@type'] === other['@type'] && Object.keys(any).length === 1
}

/**
 * What a field holds that one map of JSON sets again, by its one name or by both. `before`: undefined if nothing came.
 */
export function joinSaidAgain(schema: Schema, field: FieldType, before: Json | undefined, value: Json): Json {
  return before === undefined ? value : mergeField(schema, field, before, value, 'whole')
}
