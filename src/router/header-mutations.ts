/**
 * `request_headers_to_add` / `_to_remove` and their response twins, of one level of the route table
 * (envoy.config.core.v3.HeaderValueOption). Within a level removals run before additions.
 */
import type { FormatterContext } from '../api/access-log.ts'
import type { Reader } from '../api/config.ts'
import type { HeaderMap, RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { toWireText } from '../base/wire-text.ts'
import { compileFormat } from '../formatter/compile-format.ts'

type AppendAction =
  | 'APPEND_IF_EXISTS_OR_ADD'
  | 'ADD_IF_ABSENT'
  | 'OVERWRITE_IF_EXISTS_OR_ADD'
  | 'OVERWRITE_IF_EXISTS'

interface Addition {
  readonly name: string
  readonly action: AppendAction
  readonly keepEmptyValue: boolean
  /** A constant, or a formatter for values with command operators. */
  readonly value: string | ((context: FormatterContext) => string)
}

export interface HeaderMutations {
  readonly additions: readonly Addition[]
  readonly removals: readonly string[]
}

export interface MutationPair {
  readonly request: HeaderMutations
  readonly response: HeaderMutations
}

/** Reads the four fields of a level; undefined when it changes nothing. */
export function readMutationPair(reader: Reader): MutationPair {
  return { request: readMutations(reader, 'request'), response: readMutations(reader, 'response') }
}

function readMutations(reader: Reader, side: 'request' | 'response'): HeaderMutations {
  const additions = reader.messages(`${side}_headers_to_add`, readAddition)
  const removals = reader.strings(`${side}_headers_to_remove`).map((name) => name.toLowerCase())
  if (removals.some(isProtected)) {
    reader.error(`${side}_headers_to_remove`, 'NU151', ':-prefixed or host headers may not be removed')
  }
  return { additions: additions.filter((addition) => addition !== undefined), removals }
}

function isProtected(name: string): boolean {
  return name.startsWith(':') || name === 'host'
}

function readAddition(reader: Reader): Addition | undefined {
  let name = ''
  let value: Addition['value'] = ''
  reader.message('header', (header) => {
    name = header.string('key').toLowerCase()
    if (isProtected(name)) header.error('key', 'NU151', ':-prefixed or host headers may not be modified')
    value = readValue(header)
  })
  return {
    name,
    value,
    action: readAction(reader),
    keepEmptyValue: reader.bool('keep_empty_value', false),
  }
}

function readAction(reader: Reader): AppendAction {
  const append = reader.optionalBool('append')
  if (append === undefined) return reader.enumeration<AppendAction>('append_action', 'APPEND_IF_EXISTS_OR_ADD')
  return append ? 'APPEND_IF_EXISTS_OR_ADD' : 'OVERWRITE_IF_EXISTS_OR_ADD'
}

function readValue(header: Reader): Addition['value'] {
  const raw = header.bytes('raw_value')
  const text = raw === undefined ? toWireText(header.string('value')) : Buffer.from(raw).toString('latin1')
  if (!text.includes('%')) return text
  const compiled = compileFormat(text, { unset: '' })
  if (!compiled.ok) {
    header.error('value', 'NU152', compiled.message)
    return ''
  }
  const { formatter } = compiled
  return (context) => formatter.format(context)
}

export function isEmpty(mutations: HeaderMutations): boolean {
  return mutations.additions.length === 0 && mutations.removals.length === 0
}

export function applyMutations(mutations: HeaderMutations, headers: HeaderMap, context: FormatterContext): void {
  for (const name of mutations.removals) headers.remove(name)
  for (const addition of mutations.additions) {
    const value = typeof addition.value === 'string' ? addition.value : addition.value(context)
    if (value === '' && !addition.keepEmptyValue) continue
    applyAddition(headers, addition.name, value, addition.action)
  }
}

function applyAddition(headers: HeaderMap, name: string, value: string, action: AppendAction): void {
  switch (action) {
    case 'APPEND_IF_EXISTS_OR_ADD':
      headers.add(name, value)
      return
    case 'ADD_IF_ABSENT':
      if (!headers.has(name)) headers.add(name, value)
      return
    case 'OVERWRITE_IF_EXISTS_OR_ADD':
      headers.set(name, value)
      return
    case 'OVERWRITE_IF_EXISTS':
      if (headers.has(name)) headers.set(name, value)
      return
  }
}

/** What formatters see while headers are changed. */
export function mutationContext(
  request: RequestHeaders | undefined,
  response: ResponseHeaders | undefined,
  streamInfo: StreamInfo,
): FormatterContext {
  return { request, response, responseTrailers: undefined, streamInfo, localReplyBody: '', logType: 'NotSet' }
}
