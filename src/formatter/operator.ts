/** One %COMMAND% of a format, compiled. */
import type { FormatterContext } from '../api/access-log.ts'

export interface Operator {
  /** undefined: there is no value. */
  text(context: FormatterContext): string | undefined
  /** The typed value for JSON formats; `text` when absent. */
  json?(context: FormatterContext): unknown
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
  /** Whether `:Z` is allowed and handled by the compiler. */
  readonly truncates: boolean
  compile(command: Command): CompiledOperator
}

export type OperatorTable = Readonly<Record<string, OperatorKind>>

/** An operator without parameters that yields text. */
export function textOperator(text: (context: FormatterContext) => string | undefined): OperatorKind {
  return { parameters: 'none', truncates: false, compile: () => ({ text }) }
}

/** An operator without parameters that yields a number. */
export function numberOperator(value: (context: FormatterContext) => number | undefined): OperatorKind {
  const operator: Operator = {
    text: (context) => value(context)?.toString(),
    json: value,
  }
  return { parameters: 'none', truncates: false, compile: () => operator }
}

/** Known to Envoy, not built yet. */
export function unsupportedOperator(name: string): OperatorKind {
  return {
    parameters: 'optional',
    truncates: true,
    compile: () => ({ error: `%${name}% is not supported by Nuncio yet` }),
  }
}
