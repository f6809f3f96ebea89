/** %REQ%, %RESP% and %TRAILER%. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { HeaderMap } from '../../api/headers.ts'
import type { CompiledOperator, Operator, OperatorKind, OperatorTable } from '../operator.ts'

export type HeaderSource = (context: FormatterContext) => HeaderMap | undefined

const request: HeaderSource = (context) => context.request
const response: HeaderSource = (context) => context.response
const trailers: HeaderSource = (context) => context.responseTrailers

/** A header's name, with a colon in front that of a pseudo-header; or nothing. */
const NAME = /^(?::?[!#-'*+.0-9A-Z^-z|~-]+)?$/

function headerOperator(source: HeaderSource): OperatorKind {
  return { parameters: 'required', truncates: true, compile: (parameter) => compileHeader(parameter, source) }
}

/** %REQ%: the parts of the request line, which every log has, are properties; nothing needs to be looked up. */
const requestOperator: OperatorKind = {
  parameters: 'required',
  truncates: true,
  compile: (parameter) => {
    switch (parameter.toLowerCase()) {
      case ':method':
        return { text: (context) => context.request?.method || undefined }
      case ':path':
        return { text: (context) => context.request?.path || undefined }
      case ':authority':
      case 'host':
        return { text: (context) => context.request?.authority }
      default:
        return compileHeader(parameter, request)
    }
  },
}

/** `NAME` or `NAME?OTHER`: the second where the first is absent. */
export function compileHeader(parameter: string, source: HeaderSource): CompiledOperator {
  const names = parameter.toLowerCase().split('?')
  if (names.length > 2) return { error: `More than 1 alternative header specified in token: ${parameter}` }
  if (!names.every((name) => NAME.test(name))) return { error: INVALID_CHARACTERS }
  const [first = '', second = ''] = names
  return second === '' ? oneHeader(source, first) : eitherHeader(source, first, second)
}

const INVALID_CHARACTERS = 'Invalid header configuration. Format string contains invalid characters.'

function oneHeader(source: HeaderSource, name: string): Operator {
  return { text: (context) => source(context)?.get(name) }
}

function eitherHeader(source: HeaderSource, first: string, second: string): Operator {
  return {
    text: (context) => {
      const headers = source(context)
      return headers === undefined ? undefined : (headers.get(first) ?? headers.get(second))
    },
  }
}

export const HEADER_OPERATORS: OperatorTable = {
  REQ: requestOperator,
  REQUEST_HEADER: requestOperator,
  STREAM_INFO_REQ: requestOperator,
  RESP: headerOperator(response),
  RESPONSE_HEADER: headerOperator(response),
  TRAILER: headerOperator(trailers),
  RESPONSE_TRAILER: headerOperator(trailers),
}
