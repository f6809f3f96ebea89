/** Finds the operator of a command and checks how it is used, in Envoy's words. */
import type { FormatterContext } from '../api/access-log.ts'
import type { Command, CompiledOperator, Operator, OperatorTable } from './operator.ts'
import { ADDRESS_OPERATORS } from './operators/addresses.ts'
import { BYTES_OPERATORS } from './operators/bytes.ts'
import { HEADER_OPERATORS } from './operators/headers.ts'
import { RESULT_OPERATORS } from './operators/result.ts'
import { ROUTING_OPERATORS } from './operators/routing.ts'
import { TIME_OPERATORS } from './operators/time.ts'

const OPERATORS: OperatorTable = {
  ...TIME_OPERATORS,
  ...HEADER_OPERATORS,
  ...RESULT_OPERATORS,
  ...ROUTING_OPERATORS,
  ...BYTES_OPERATORS,
  ...ADDRESS_OPERATORS,
}

export function compileOperator(command: Command): CompiledOperator {
  const kind = OPERATORS[command.name]
  if (kind === undefined) return { error: `Not supported field in StreamInfo: ${command.name}` }
  const { parameter, maxLength } = command
  if (kind.parameters === 'none' && (parameter !== undefined || maxLength !== undefined)) {
    return { error: `${command.name} does not take any parameters or length` }
  }
  if (kind.parameters === 'required' && (parameter === undefined || parameter === '')) {
    return { error: `${command.name} requires parameters` }
  }
  if (!kind.truncates && maxLength !== undefined) return { error: `${command.name} does not allow length to be specified.` }
  const operator = kind.compile(command)
  return 'error' in operator || maxLength === undefined ? operator : truncated(operator, maxLength)
}

function truncated(operator: Operator, length: number): Operator {
  const text = (context: FormatterContext) => operator.text(context)?.slice(0, length)
  return { text, json: text }
}
