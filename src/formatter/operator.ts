/** One %COMMAND% of a format, compiled. */
import type { FormatterContext } from '../api/access-log.ts'
import { jsonNumber } from '../base/number-format.ts'
import { toWireText } from '../base/wire-text.ts'

export interface Operator {
  /** Wire text (latin1, a code unit a byte); undefined: there is no value. */
  text(context: FormatterContext): string | undefined
  /** The value as finished JSON text; undefined prints null. Without this member the text becomes a JSON string. */
  json?(context: FormatterContext): string | undefined
}

/** What stands between the percent signs. */
export interface Command {
  readonly name: string
  /** Inside the parentheses; undefined when there are none. */
  readonly parameter: string | undefined
  readonly maxLength: number | undefined
}

export type CompiledOperator = Operator | { readonly error: string }

/** How an operator takes its parameter. */
export interface OperatorKind {
  readonly parameters: 'none' | 'optional' | 'required'
  /** Whether `:Z` is allowed. */
  readonly truncates: boolean
  /** Gets the length as well; only where `ownLength` is set must it be applied there. */
  readonly ownLength?: boolean
  compile(command: Command, operators: OperatorTable): CompiledOperator
}

export type OperatorTable = Readonly<Record<string, OperatorKind>>

/** An operator without parameters that yields text. */
export function textOperator(text: (context: FormatterContext) => string | undefined): OperatorKind {
  const operator: Operator = { text }
  return { parameters: 'none', truncates: false, compile: () => operator }
}

/** The same for names that come from a configuration: Unicode, and no value when empty. */
export function nameOperator(name: (context: FormatterContext) => string | undefined): OperatorKind {
  return textOperator((context) => {
    const text = name(context)
    return text === undefined || text === '' ? undefined : toWireText(text)
  })
}

/** An operator without parameters that yields a number. */
export function numberOperator(value: (context: FormatterContext) => number | undefined): OperatorKind {
  const operator = numberValue(value)
  return { parameters: 'none', truncates: false, compile: () => operator }
}

export function numberValue(value: (context: FormatterContext) => number | undefined): Operator {
  const text = (context: FormatterContext) => {
    const number = value(context)
    return number === undefined ? undefined : jsonNumber(number)
  }
  return { text, json: text }
}

/** Known to Envoy; what it prints cannot be known here. */
export function unsupportedOperator(name: string): OperatorKind {
  return {
    parameters: 'optional',
    truncates: true,
    compile: () => ({ error: `%${name}% is not supported by Nuncio yet` }),
  }
}
