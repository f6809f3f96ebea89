/**
 * %CEL(expression)% and %TYPED_CEL(expression)%: an expression over the attributes of the stream; the second keeps the
 * type of its value in JSON formats.
 */
import type { FormatterContext } from '../../api/access-log.ts'
import type { CelData } from '../../cel/cel-data.ts'
import type { CelOptions } from '../../cel/cel-functions.ts'
import { compileCelText } from '../../cel/compile-cel.ts'
import { toWireText } from '../../base/wire-text.ts'
import { jsonOfValue } from '../json-text.ts'
import type { CompiledOperator, OperatorTable } from '../operator.ts'

export function celOperators(options?: CelOptions): OperatorTable {
  return {
    CEL: {
      parameters: 'optional',
      truncates: true,
      compile: (parameter) => compileExpression(parameter, false, options),
    },
    TYPED_CEL: {
      parameters: 'optional',
      truncates: true,
      compile: (parameter) => compileExpression(parameter, true, options),
    },
  }
}

const DIRECTIONS = { UNSPECIFIED: 0, INBOUND: 1, OUTBOUND: 2 } as const

function dataOf({ streamInfo, request, response, responseTrailers }: FormatterContext): CelData {
  const listener = streamInfo.filterChain?.listener
  const listenerDirection = DIRECTIONS[listener?.direction ?? 'UNSPECIFIED']
  return { streamInfo, request, response, responseTrailers, localInfo: listener?.localInfo, listenerDirection }
}

function compileExpression(parameter: string, typed: boolean, options: CelOptions | undefined): CompiledOperator {
  const compiled = compileCelText(parameter, options)
  if (!compiled.ok) {
    const { stage, message } = compiled
    return { error: stage === 'syntax' ? `Not able to parse expression: INVALID_ARGUMENT: ${message}` : message }
  }
  const { expression } = compiled
  const text: Extract<CompiledOperator, { text: unknown }>['text'] = (context) => {
    const printed = expression.print(dataOf(context))
    return printed === undefined ? undefined : toWireText(printed)
  }
  if (!typed) return { text }
  return {
    text,
    json: (context) => {
      const value = expression.json(dataOf(context))
      return value === undefined ? undefined : jsonOfValue(value)
    },
  }
}
