/** %REQ%, %RESP% and %TRAILER%. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { HeaderMap } from '../../api/headers.ts'
import type { Command, CompiledOperator, OperatorKind, OperatorTable } from '../operator.ts'

type Source = (context: FormatterContext) => HeaderMap | undefined

const request: Source = (context) => context.request
const response: Source = (context) => context.response
const trailers: Source = (context) => context.responseTrailers

/** `NAME` or `NAME?OTHER`: the second where the first is absent. `change` sees a value before it is cut. */
export function headerOperator(source: Source, change?: (value: string) => string): OperatorKind {
  return {
    parameters: 'required',
    truncates: true,
    compile: (command) => {
      const operator = compileHeader(command, source)
      if (change === undefined || 'error' in operator) return operator
      return {
        text: (context) => {
          const value = operator.text(context)
          return value === undefined ? undefined : change(value)
        },
      }
    },
  }
}

function compileHeader({ parameter = '' }: Command, source: Source): CompiledOperator {
  const names = parameter.toLowerCase().split('?')
  if (names.length > 2) return { error: `More than 1 alternative header specified in token: ${parameter}` }
  const [first = '', second = ''] = names
  if (second === '') return { text: (context) => source(context)?.get(first) }
  return {
    text: (context) => {
      const headers = source(context)
      return headers === undefined ? undefined : (headers.get(first) ?? headers.get(second))
    },
  }
}

export const HEADER_OPERATORS: OperatorTable = {
  REQ: headerOperator(request),
  REQUEST_HEADER: headerOperator(request),
  RESP: headerOperator(response),
  RESPONSE_HEADER: headerOperator(response),
  TRAILER: headerOperator(trailers),
  RESPONSE_TRAILER: headerOperator(trailers),
}
