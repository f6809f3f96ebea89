/**
 * What the API calls sensitive (passwords, keys) is not shown in dumps: its texts are replaced, the rest of it is left out, as
 * by Envoy's MessageUtil::redact.
 */
import type { Json, Message } from '../../api/config.ts'
import { isWellKnown } from '../../config/decode/well-known.ts'
import { typeNameOfUrl, typeUrlOf } from '../../config/reader/read-values.ts'
import { envoySchema } from '../../config/schema/envoy-schema.ts'
import type { FieldType } from '../../config/schema/schema-types.ts'
import { cardinalities, kinds } from '../../config/schema/schema-types.ts'

const ANY = 'google.protobuf.Any'
const TEXT = '[redacted]'
const BYTES = Buffer.from(TEXT).toString('base64')

/** The same object where there is nothing to hide. */
export function redacted(typeName: string, message: Message): Message {
  return redactMessage(typeName, message, false)
}

/** `within`: it is a part of something sensitive. */
function redactMessage(typeName: string, message: Message, within: boolean): Message {
  if (typeName === ANY) return redactAny(message, within)
  const type = envoySchema.message(typeName)
  if (type === undefined) return message
  let copy: Record<string, Json> | undefined
  for (const name in message) {
    const field = type.byName.get(name)
    if (field === undefined) continue
    const value = message[name]!
    const safe = redactField(field, value, within || field.sensitive)
    if (safe === value) continue
    copy ??= { ...message }
    if (safe === undefined) delete copy[name]
    else copy[name] = safe
  }
  return copy ?? message
}

/** One that holds its value apart is of a well-known type, of which those that are texts are not looked for. */
function redactAny(any: Message, within: boolean): Message {
  const typeName = typeNameOfUrl(typeUrlOf(any) ?? '')
  return typeName === '' || isWellKnown(typeName) ? any : redactMessage(typeName, any, within)
}

/** Undefined: it is left out. */
function redactField(field: FieldType, value: Json, sensitive: boolean): Json | undefined {
  const { cardinality, typeName } = field
  const kind = cardinality === cardinalities.map ? field.mapValue : field.kind
  if (kind !== kinds.message && kind !== kinds.string && kind !== kinds.bytes) return sensitive ? undefined : value
  if (kind !== kinds.message && !sensitive) return value
  if (cardinality === cardinalities.repeated && Array.isArray(value)) {
    const list = value as readonly Json[]
    const safe = list.map((each) => redactSingle(kind, typeName, each, sensitive))
    return safe.every((each, at) => each === list[at]) ? value : safe
  }
  if (cardinality !== cardinalities.map) return redactSingle(kind, typeName, value, sensitive)
  const entries = Object.entries(value as Message) // a map, by the schema that it was decoded with
  const safe = entries.map(([key, each]) => [key, redactSingle(kind, typeName, each, sensitive)] as const)
  return safe.every(([, each], at) => each === entries[at]![1]) ? value : Object.fromEntries(safe)
}

function redactSingle(kind: number, typeName: string, value: Json, sensitive: boolean): Json {
  if (kind === kinds.string) return TEXT
  if (kind === kinds.bytes) return BYTES
  if (isWellKnown(typeName)) return sensitive ? redactPlain(value) : value
  return typeof value === 'object' && value !== null ? redactMessage(typeName, value as Message, sensitive) : value
}

/** Of a Struct or a wrapper: what is no text has nothing left. */
function redactPlain(value: Json): Json {
  if (typeof value === 'string') return TEXT
  if (Array.isArray(value)) return (value as readonly Json[]).map(redactPlain)
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redactPlain(each)]))
}
