/** envoy.config.core.v3.KeyValueMutation on the query parameters of a request. */
import type { Formatter, FormatterContext } from '../../../../api/access-log.ts'
import type { Reader } from '../../../../api/config.ts'
import { toWireText } from '../../../../base/wire-text.ts'
import { compileFormat } from '../../../../formatter/compile-format.ts'
import type { OperatorTable } from '../../../../formatter/operator.ts'
import type { QueryParameters } from '../common/query-parameters.ts'

export type QueryMutation = (parameters: QueryParameters, context: FormatterContext) => void

type Action = 'APPEND_IF_EXISTS_OR_ADD' | 'ADD_IF_ABSENT' | 'OVERWRITE_IF_EXISTS_OR_ADD' | 'OVERWRITE_IF_EXISTS'

const NOTHING: QueryMutation = () => undefined

export function readQueryMutations(reader: Reader, field: string, operators: OperatorTable): QueryMutation[] {
  return reader.messages(field, (mutation) => readMutation(mutation, operators))
}

function readMutation(reader: Reader, operators: OperatorTable): QueryMutation {
  const removed = toWireText(reader.string('remove'))
  const append = reader.message('append', (config) => readAppend(config, operators))
  if (removed === '' && append === undefined) {
    reader.error(undefined, 'NU175', "One of 'append'/'remove' must be specified.")
  } else if (removed !== '' && append !== undefined) {
    reader.error(undefined, 'NU175', "Only one of 'append'/'remove can be specified.")
  }
  return append ?? ((parameters) => parameters.remove(removed))
}

function readAppend(reader: Reader, operators: OperatorTable): QueryMutation {
  let key = ''
  let value: Formatter | undefined = undefined
  reader.message('record', (record) => {
    key = toWireText(record.string('key'))
    value = readValue(record, operators)
  })
  if (!reader.has('record')) reader.error(undefined, 'NU175', 'No record specified for append mutation.')
  const action = reader.enumeration<Action>('action', 'APPEND_IF_EXISTS_OR_ADD')
  return value === undefined ? NOTHING : appendOf(key, value, action)
}

function readValue(record: Reader, operators: OperatorTable): Formatter | undefined {
  const value = record.raw('value')
  if (typeof value !== 'string') {
    record.error('value', 'NU175', 'Only string value is allowed for record value.')
    return undefined
  }
  const compiled = compileFormat(value, { unset: '', operators })
  if (compiled.ok) return compiled.formatter
  record.error('value', 'NU152', compiled.message)
  return undefined
}

function appendOf(key: string, value: Formatter, action: Action): QueryMutation {
  switch (action) {
    case 'APPEND_IF_EXISTS_OR_ADD':
      return (parameters, context) => parameters.add(key, encode(value.format(context)))
    case 'ADD_IF_ABSENT':
      return (parameters, context) => {
        if (!parameters.has(key)) parameters.add(key, encode(value.format(context)))
      }
    case 'OVERWRITE_IF_EXISTS':
      return (parameters, context) => {
        if (parameters.has(key)) parameters.set(key, encode(value.format(context)))
      }
    case 'OVERWRITE_IF_EXISTS_OR_ADD':
      return (parameters, context) => parameters.set(key, encode(value.format(context)))
  }
}

/** What a form keeps (letters, digits, `*-._`) stays, the rest becomes `%XX`. */
function encode(wireText: string): string {
  return wireText.replace(/[^A-Za-z0-9\-_.*]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}
