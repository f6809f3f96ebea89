/** Finds the operator of a command and checks how it is used, in Envoy's words. */
import { toWireText } from '../base/wire-text.ts'
import { jsonStringOfWire } from './json-text.ts'
import type { Command, CompiledOperator, Operator, OperatorTable } from './operator.ts'

export function findOperator(name: string, operators: OperatorTable) {
  return Object.hasOwn(operators, name) ? operators[name] : undefined
}

export function compileOperator(command: Command, operators: OperatorTable): CompiledOperator {
  const kind = findOperator(command.name, operators)
  if (kind === undefined) return { error: `Not supported field in StreamInfo: ${command.name}` }
  const { name, maxLength } = command
  const parameter = command.parameter ?? ''
  if (kind.parameters === 'none' && (parameter !== '' || maxLength !== undefined)) {
    return { error: `${name} does not take any parameters or length` }
  }
  if (kind.parameters === 'required' && parameter === '') return { error: `${name} requires parameters` }
  if (!kind.truncates && maxLength !== undefined) return { error: `${name} does not allow length to be specified.` }
  const operator = kind.compile(parameter, operators)
  const asItIs = maxLength === undefined || 'error' in operator || operator.neverCut === true
  return asItIs ? operator : truncated(operator, maxLength)
}

/** Texts are cut; a value of another type stays whole in JSON. */
function truncated(operator: Operator, length: number): Operator {
  const text: Operator['text'] = (context) => operator.text(context)?.slice(0, length)
  if (operator.json === undefined) return { text }
  if (operator.wholeInJson === true) return { ...operator, text }
  return {
    text,
    json: (context) => {
      const json = operator.json!(context)
      return json?.startsWith('"') === true ? jsonStringOfWire(wireTextOfJson(json).slice(0, length)) : json
    },
  }
}

function wireTextOfJson(json: string): string {
  return toWireText(JSON.parse(Buffer.from(json, 'latin1').toString('utf8')) as string)
}
