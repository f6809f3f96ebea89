/**
 * `request_headers_to_add` / `_to_remove` and their response twins, of one level of the route table
 * (envoy.config.core.v3.HeaderValueOption). Within a level removals run before additions.
 */
import type { Formatter, FormatterContext } from '../api/access-log.ts'
import type { Reader } from '../api/config.ts'
import type { HeaderMap, RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { toWireText } from '../base/wire-text.ts'
import { isFieldName, isFieldValue } from '../codec/headers/field-syntax.ts'
import { compileFormat } from '../formatter/compile-format.ts'
import type { OperatorTable } from '../formatter/operator.ts'
import { BUILT_IN_OPERATORS } from '../formatter/operators/all.ts'
import { translateOlderFormat } from './translate-older-format.ts'

type AppendAction = 'APPEND_IF_EXISTS_OR_ADD' | 'ADD_IF_ABSENT' | 'OVERWRITE_IF_EXISTS_OR_ADD' | 'OVERWRITE_IF_EXISTS'

export interface HeaderAddition {
  readonly name: string
  readonly action: AppendAction
  readonly keepEmptyValue: boolean
  /** A constant, or a formatter for values with command operators. */
  readonly value: string | Formatter
  /** The name is none, or the constant has control characters. */
  readonly doubtful: boolean
}

export interface HeaderMutations {
  /** Those that replace come before those that add, as Envoy runs them. */
  readonly additions: readonly HeaderAddition[]
  readonly removals: readonly string[]
  /** Some addition looks at the headers, which must then be as they were before the first one. */
  readonly looksFirst: boolean
}

export interface MutationPair {
  readonly request: HeaderMutations
  readonly response: HeaderMutations
}

/** Reads the four fields of a level; undefined when it changes nothing. */
export function readMutationPair(reader: Reader): MutationPair {
  const request = readMutations(reader, 'request_headers_to_add', 'request_headers_to_remove')
  const response = readMutations(reader, 'response_headers_to_add', 'response_headers_to_remove')
  return request === NO_MUTATIONS && response === NO_MUTATIONS ? NO_MUTATION_PAIR : { request, response }
}

/** Shared, as there may be thousands of routes and most change nothing. */
const NO_MUTATIONS: HeaderMutations = { additions: [], removals: [], looksFirst: false }
const NO_MUTATION_PAIR: MutationPair = { request: NO_MUTATIONS, response: NO_MUTATIONS }

export function readMutations(reader: Reader, toAdd: string, toRemove: string): HeaderMutations {
  const additions = readHeaderAdditions(reader, toAdd)
  const names = reader.strings(toRemove)
  if (names.length === 0) return additions
  const removals = names.map(fieldName)
  if (removals.some(isProtected)) {
    reader.error(toRemove, 'NU151', ':-prefixed or host headers may not be removed')
  }
  return { ...additions, removals }
}

/** One list of HeaderValueOption. */
export function readHeaderAdditions(
  reader: Reader,
  field: string,
  operators: OperatorTable = BUILT_IN_OPERATORS,
): HeaderMutations {
  const additions = reader.messages(field, (addition) => readHeaderAddition(addition, operators))
  if (additions.length === 0) return NO_MUTATIONS
  return {
    additions: [...additions.filter(replaces), ...additions.filter((addition) => !replaces(addition))],
    removals: [],
    looksFirst: additions.length > 1 && additions.some(looksAtHeaders),
  }
}

function replaces({ action }: HeaderAddition): boolean {
  return action === 'OVERWRITE_IF_EXISTS' || action === 'OVERWRITE_IF_EXISTS_OR_ADD'
}

function looksAtHeaders({ action, value }: HeaderAddition): boolean {
  return typeof value !== 'string' || action === 'ADD_IF_ABSENT' || action === 'OVERWRITE_IF_EXISTS'
}

function isProtected(name: string): boolean {
  return name.startsWith(':') || name === 'host'
}

/** One HeaderValueOption. */
export function readHeaderAddition(reader: Reader, operators: OperatorTable): HeaderAddition {
  let name = ''
  let value: HeaderAddition['value'] = ''
  reader.message('header', (header) => {
    name = fieldName(header.string('key'))
    if (isProtected(name)) header.error('key', 'NU151', ':-prefixed or host headers may not be modified')
    value = readValue(header, operators)
  })
  return {
    name,
    value,
    action: readAction(reader),
    keepEmptyValue: reader.bool('keep_empty_value', false),
    doubtful: !isFieldName(name) || (typeof value === 'string' && !isFieldValue(value)),
  }
}

/** Its bytes, those of ASCII in lower case. */
export function fieldName(text: string): string {
  return toWireText(text).replaceAll(/[A-Z]+/g, (upper) => upper.toLowerCase())
}

function readAction(reader: Reader): AppendAction {
  const append = reader.optionalBool('append')
  if (append === undefined) return reader.enumeration<AppendAction>('append_action', 'APPEND_IF_EXISTS_OR_ADD')
  return append ? 'APPEND_IF_EXISTS_OR_ADD' : 'OVERWRITE_IF_EXISTS_OR_ADD'
}

function readValue(header: Reader, operators: OperatorTable): HeaderAddition['value'] {
  header.ignore('raw_value', 'Envoy looks at value alone, and leaves out a header that has no other')
  const text = header.string('value')
  if (!text.includes('%')) return toWireText(text)
  const compiled = compileFormat(translateOlderFormat(text), { unset: '', operators })
  if (!compiled.ok) {
    header.error('value', 'NU152', compiled.message)
    return ''
  }
  return compiled.formatter
}

export function isEmpty(mutations: HeaderMutations): boolean {
  return mutations.additions.length === 0 && mutations.removals.length === 0
}

export function applyMutations(mutations: HeaderMutations, headers: HeaderMap, context: FormatterContext): void {
  const { removals, additions } = mutations
  for (let i = 0; i < removals.length; i++) headers.remove(removals[i]!)
  if (mutations.looksFirst) return applyAfterLooking(additions, headers, context)
  for (let i = 0; i < additions.length; i++) {
    applyAddition(additions[i]!, headers, context)
  }
}

function applyAfterLooking(additions: readonly HeaderAddition[], headers: HeaderMap, context: FormatterContext): void {
  const values = additions.map((addition) => valueToApply(addition, headers, context))
  for (let i = 0; i < additions.length; i++) {
    const value = values[i]
    if (value !== undefined) apply(additions[i]!, value, headers)
  }
}

/** One addition by itself. */
export function applyAddition(addition: HeaderAddition, headers: HeaderMap, context: FormatterContext): void {
  const value = valueToApply(addition, headers, context)
  if (value !== undefined) apply(addition, value, headers)
}

/** undefined when the addition has nothing to do. */
function valueToApply(addition: HeaderAddition, headers: HeaderMap, context: FormatterContext): string | undefined {
  const { value: source, action, name } = addition
  if (action === 'ADD_IF_ABSENT' && headers.has(name)) return undefined
  if (action === 'OVERWRITE_IF_EXISTS' && !headers.has(name)) return undefined
  const value = typeof source === 'string' ? source : source.format(context)
  return value === '' && !addition.keepEmptyValue ? undefined : value
}

function apply(addition: HeaderAddition, value: string, headers: HeaderMap): void {
  if (addition.doubtful || (typeof addition.value !== 'string' && !isFieldValue(value))) headers.doubtful = true
  if (replaces(addition)) headers.set(addition.name, value)
  else headers.add(addition.name, value)
}

/** What formatters see while headers are changed. */
export function mutationContext(
  request: RequestHeaders | undefined,
  response: ResponseHeaders | undefined,
  streamInfo: StreamInfo,
): FormatterContext {
  return { request, response, responseTrailers: undefined, streamInfo, localReplyBody: '', logType: 'NotSet' }
}
