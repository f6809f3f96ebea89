/** Finds the operator of a command and checks how it is used, in Envoy's words. */
import type { FormatterContext } from '../api/access-log.ts'
import type { Command, CompiledOperator, Operator, OperatorTable } from './operator.ts'

export function compileOperator(command: Command, operators: OperatorTable): CompiledOperator {
  const kind = Object.hasOwn(operators, command.name) ? operators[command.name] : undefined
  if (kind === undefined) return { error: `Not supported field in StreamInfo: ${command.name}` }
  const { parameter, maxLength } = command
  if (kind.parameters === 'none' && (parameter !== undefined || maxLength !== undefined)) {
    return { error: `${command.name} does not take any parameters or length` }
  }
  if (kind.parameters === 'required' && (parameter === undefined || parameter === '')) {
    return { error: `${command.name} requires parameters` }
  }
  if (!kind.truncates && maxLength !== undefined) {
    return { error: `${command.name} does not allow length to be specified.` }
  }
  const operator = kind.compile(command, operators)
  if ('error' in operator || maxLength === undefined || kind.ownLength === true) return operator
  return truncated(operator, maxLength)
}

function truncated(operator: Operator, length: number): Operator {
  return { text: (context: FormatterContext) => operator.text(context)?.slice(0, length) }
}
