/** %FILTER_STATE(key:PLAIN|TYPED|FIELD:field)%. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { FilterStateObject } from '../../api/stream-info.ts'
import { toWireText } from '../../base/wire-text.ts'
import { jsonOfValue } from '../json-text.ts'
import type { CompiledOperator, Operator, OperatorKind, OperatorTable } from '../operator.ts'

type Lookup = (context: FormatterContext, key: string) => FilterStateObject | undefined

function compileFilterState(parameter: string, lookup: Lookup): CompiledOperator {
  const [key = '', given = '', field] = parameter.split(':')
  const kind = given === '' && field === undefined ? 'TYPED' : given
  if (key === '') return { error: 'Invalid filter state configuration, key cannot be empty.' }
  const isKind = kind === 'PLAIN' || kind === 'TYPED' || kind === 'FIELD'
  if (isKind && (kind === 'FIELD') !== (field !== undefined && field !== '')) {
    return { error: 'Invalid filter state serialize type, FIELD should be used with the field name.' }
  }
  switch (kind) {
    case 'PLAIN':
      return { text: (context) => plainText(lookup(context, key)) }
    case 'TYPED':
      return typed((context) => lookup(context, key))
    case 'FIELD':
      return fieldOperator((context) => fieldOf(lookup(context, key), field ?? ''))
    default:
      return { error: 'Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.' }
  }
}

function plainText(object: FilterStateObject | undefined): string | undefined {
  const text = object?.serializeAsString()
  return text === undefined ? undefined : toWireText(text)
}

/** Messages, which have names of their own for their fields, are not asked for one. */
function fieldOf(object: FilterStateObject | undefined, field: string): unknown {
  if (object === undefined || object.serializeAsValue !== undefined) return undefined
  const value = object.serializeAsJson?.()
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined
  return (value as Readonly<Record<string, unknown>>)[field]
}

function typed(find: (context: FormatterContext) => FilterStateObject | undefined): Operator {
  const printed = (value: unknown) => (value === undefined ? undefined : jsonOfValue(value))
  return {
    text: (context) => printed(find(context)?.serializeAsJson?.()),
    json: (context) => {
      const object = find(context)
      return printed(object?.serializeAsValue === undefined ? object?.serializeAsJson?.() : object.serializeAsValue())
    },
    wholeInJson: true,
  }
}

/** A field that is text is printed as it is. */
function fieldOperator(value: (context: FormatterContext) => unknown): Operator {
  const json = (context: FormatterContext) => {
    const found = value(context)
    return found === undefined ? undefined : jsonOfValue(found)
  }
  const text = (context: FormatterContext) => {
    const found = value(context)
    return typeof found === 'string' ? toWireText(found) : json(context)
  }
  return { text, json, wholeInJson: true }
}

function filterState(lookup: Lookup): OperatorKind {
  return { parameters: 'optional', truncates: true, compile: (parameter) => compileFilterState(parameter, lookup) }
}

export const FILTER_STATE_OPERATORS: OperatorTable = {
  FILTER_STATE: filterState(({ streamInfo }, key) => streamInfo.filterState.get(key)),
  UPSTREAM_FILTER_STATE: filterState(({ streamInfo }, key) => streamInfo.upstream?.sharedObjects?.get(key)),
}
