/** A message in protobuf's text format, as `TextFormat::PrintToString` writes it. */
import type { Json, Message } from '../../api/config.ts'
import type { FieldType } from '../schema/schema-types.ts'
import { cardinalities, kinds } from '../schema/schema-types.ts'
import type { Schema } from '../schema/schema.ts'

const WRAPPER = /^google\.protobuf\.(?:Bool|String|Bytes|U?Int(?:32|64)|Float|Double)Value$/

/** `message` is canonical JSON by field names. A line a scalar; each ends with a line feed. */
export function printText(schema: Schema, typeName: string, message: Message): string {
  return lines(schema, typeName, message, '').join('')
}

function lines(schema: Schema, typeName: string, value: Json, indent: string): readonly string[] {
  if (WRAPPER.test(typeName)) {
    return value === '' || value === 0 || value === false ? [] : [`${indent}value: ${scalar(value, false)}\n`]
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${indent}${scalar(value, false)}\n`]
  const message = value as Message
  const type = schema.message(typeName)
  const fields = type?.fields ?? []
  return fields.flatMap((field) => {
    const given = message[field.name]
    return given === undefined ? [] : fieldLines(schema, field, given, indent)
  })
}

function fieldLines(schema: Schema, field: FieldType, given: Json, indent: string): readonly string[] {
  const items = field.cardinality === cardinalities.repeated && Array.isArray(given) ? (given as Json[]) : [given]
  return items.flatMap((item) =>
    field.kind === kinds.message
      ? [`${indent}${field.name} {\n`, ...lines(schema, field.typeName, item, `${indent}  `), `${indent}}\n`]
      : [`${indent}${field.name}: ${scalar(item, field.kind === kinds.enum)}\n`],
  )
}

function scalar(value: Json, isName: boolean): string {
  if (typeof value !== 'string' || isName) return String(value)
  const escaped = value
    .replace(/["'\\]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')
  return `"${escaped}"`
}
