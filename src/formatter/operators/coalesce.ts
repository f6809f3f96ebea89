/** %COALESCE({"operators": ["NAME", {"command": …, "param": …, "max_length": …}, …]})%: the first that has a value. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { Json } from '../../api/config.ts'
import { compileOperator, findOperator } from '../compile-operator.ts'
import { jsonStringOfWire } from '../json-text.ts'
import type { CompiledOperator, Operator, OperatorTable } from '../operator.ts'

function compileCoalesce(parameter: string, table: OperatorTable): CompiledOperator {
  const parsed = parseJson(parameter)
  if ('error' in parsed) return parsed
  const entries = field(parsed.json, 'operators')
  if (entries === undefined) return { error: "COALESCE: JSON configuration must contain 'operators' array" }
  if (!Array.isArray(entries)) {
    return { error: "COALESCE: 'operators' must be an array: key 'operators' missing or not an array from lines 1-1" }
  }
  if (entries.length === 0) return { error: "COALESCE: 'operators' array must not be empty" }
  const operators: Operator[] = []
  for (const [index, entry] of entries.entries()) {
    const operator = compileEntry(entry, table)
    if ('error' in operator) {
      return { error: `COALESCE: failed to parse operator at index ${index}: ${operator.error}` }
    }
    operators.push(operator)
  }
  return firstOf(operators)
}

function parseJson(text: string): { readonly json: Json } | { readonly error: string } {
  try {
    return { json: JSON.parse(text) as Json }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { error: `COALESCE: failed to parse JSON configuration: JSON supplied is not valid. ${reason}` }
  }
}

function field(json: Json, name: string): Json | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json) || !Object.hasOwn(json, name)) return undefined
  return (json as { readonly [key: string]: Json })[name]
}

function compileEntry(entry: Json, table: OperatorTable): CompiledOperator {
  if (typeof entry === 'string') return compileCommand(entry, undefined, undefined, table)
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return { error: "operator entry must be either a string (command name) or an object with 'command' field" }
  }
  const command = field(entry, 'command')
  if (typeof command !== 'string') {
    return {
      error: "operator object must have 'command' field: key 'command' missing or not a string from lines 1-1",
    }
  }
  const param = field(entry, 'param')
  if (param !== undefined && typeof param !== 'string') {
    return { error: "'param' field must be a string: key 'param' missing or not a string from lines 1-1" }
  }
  const maxLength = field(entry, 'max_length')
  if (maxLength !== undefined && (typeof maxLength !== 'number' || !Number.isInteger(maxLength))) {
    return { error: "'max_length' field must be an integer: key 'max_length' missing or not an integer from lines 1-1" }
  }
  if (maxLength !== undefined && maxLength <= 0) return { error: "'max_length' must be a positive integer" }
  return compileCommand(command, param, maxLength, table)
}

function compileCommand(
  name: string,
  parameter: string | undefined,
  maxLength: number | undefined,
  table: OperatorTable,
): CompiledOperator {
  if (findOperator(name, table) === undefined) return { error: `unknown command: '${name}'` }
  return compileOperator({ name, parameter, maxLength }, table)
}

function firstOf(operators: readonly Operator[]): Operator {
  return {
    text: (context) => {
      for (const operator of operators) {
        const text = operator.text(context)
        if (text !== undefined) return text
      }
      return undefined
    },
    json: (context) => {
      for (const operator of operators) {
        const json = operator.json === undefined ? jsonText(operator, context) : operator.json(context)
        if (json !== undefined) return json
      }
      return undefined
    },
  }
}

function jsonText(operator: Operator, context: FormatterContext): string | undefined {
  const text = operator.text(context)
  return text === undefined ? undefined : jsonStringOfWire(text)
}

export const COALESCE_OPERATORS: OperatorTable = {
  COALESCE: { parameters: 'required', truncates: true, compile: compileCoalesce },
}
