/** opentelemetry.proto.common.v1.AnyValue: as it stands in a configuration, or with formats for its texts. */
import type { Formatter, FormatterContext } from '../../../api/access-log.ts'
import type { Reader } from '../../../api/config.ts'
import type { ProtoWriter } from '../../../base/proto-writer.ts'
import { toWireText } from '../../../base/wire-text.ts'
import type { OperatorTable } from '../../../formatter/operator.ts'
import { readFormatText } from '../../../formatter/substitution-format.ts'

/** Writes the fields of an AnyValue or a KeyValue; `Context` is what its formats are filled from. */
export type Write<Context> = (writer: ProtoWriter, context: Context) => void
export type WriteFormatted = Write<FormatterContext>

const ONLY =
  'Only string values, nested key value lists and array values are supported in OpenTelemetry access log format.'
const NOTHING = (): void => {}

/** A value whose texts are formats. */
export function readValueFormat(reader: Reader, operators: OperatorTable): WriteFormatted {
  switch (reader.oneof('value')) {
    case 'string_value':
      return textValue(readFormatText(reader, 'string_value', reader.string('string_value'), operators, false))
    case 'array_value': {
      const values = reader.message('array_value', (array) =>
        array.messages('values', (value) => readValueFormat(value, operators)),
      )
      return arrayValue(values ?? [])
    }
    case 'kvlist_value':
      return listValue(reader.message('kvlist_value', (list) => readListFormat(list, operators)) ?? [])
    default:
      reader.keep()
      reader.error(undefined, 'NU152', ONLY)
      return NOTHING
  }
}

/** The entries of a KeyValueList whose texts are formats. */
export function readListFormat(reader: Reader, operators: OperatorTable): readonly WriteFormatted[] {
  return reader.messages('values', (entry) => {
    const value = entry.message('value', (message) => readValueFormat(message, operators))
    if (value === undefined) entry.error(undefined, 'NU152', ONLY)
    return keyValue(entry.string('key'), value ?? NOTHING)
  })
}

/** The entries of a KeyValueList as they are; without a value an entry is a key alone. */
export function readEntries(reader: Reader): readonly (readonly [key: string, value: Write<undefined> | undefined])[] {
  return reader.messages('values', (entry) => [entry.string('key'), entry.message('value', readValue)] as const)
}

function readList(reader: Reader): readonly Write<undefined>[] {
  return readEntries(reader).map(([key, value]) => keyValue(key, value))
}

function readValue(reader: Reader): Write<undefined> {
  const field = reader.oneof('value')
  switch (field) {
    case 'string_value': {
      const text = toWireText(reader.string(field))
      return (writer) => writer.text(1, text)
    }
    case 'bool_value': {
      const value = reader.bool(field, false)
      return (writer) => writer.bool(2, value)
    }
    case 'int_value': {
      const value = reader.bigint(field, 0n)
      return (writer) => writer.varint(3, value)
    }
    case 'double_value': {
      const value = reader.number(field, 0)
      return (writer) => writer.double(4, value)
    }
    case 'array_value':
      return arrayValue(reader.message(field, (array) => array.messages('values', readValue)) ?? [])
    case 'kvlist_value':
      return listValue(reader.message(field, readList) ?? [])
    case 'bytes_value': {
      const value = reader.bytes(field) ?? new Uint8Array()
      return (writer) => writer.bytes(7, value)
    }
    case 'string_value_strindex': {
      const value = reader.number(field, 0)
      return (writer) => writer.varint(8, value)
    }
    default:
      return NOTHING
  }
}

/** One KeyValue; without a value it is a key alone. */
export function keyValue<C>(key: string, value: Write<C> | undefined): Write<C> {
  const name = toWireText(key)
  return (writer, context) => {
    if (name !== '') writer.text(1, name)
    if (value !== undefined) writer.message(2, (inner) => value(inner, context))
  }
}

/** A text of latin1, one byte a code unit. */
export function wireText(text: string): (writer: ProtoWriter) => void {
  return (writer) => writer.text(1, text)
}

function textValue(formatter: Formatter): WriteFormatted {
  return (writer, context) => writer.text(1, formatter.format(context))
}

function arrayValue<C>(values: readonly Write<C>[]): Write<C> {
  return (writer, context) =>
    writer.message(5, (array) => {
      for (const value of values) array.message(1, (inner) => value(inner, context))
    })
}

function listValue<C>(entries: readonly Write<C>[]): Write<C> {
  return (writer, context) =>
    writer.message(6, (list) => {
      for (const entry of entries) list.message(1, (inner) => entry(inner, context))
    })
}
