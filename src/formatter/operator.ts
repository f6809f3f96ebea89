/** One %COMMAND% of a format, compiled. */
import type { FormatterContext } from '../api/access-log.ts'
import { jsonNumber } from '../base/number-format.ts'
import { toWireText } from '../base/wire-text.ts'

export interface Operator {
  /** Wire text (latin1, a code unit a byte); undefined: there is no value. */
  text(context: FormatterContext): string | undefined
  /** The value as finished JSON text; undefined prints null. Without this member the text becomes a JSON string. */
  json?(context: FormatterContext): string | undefined
  /** A length has no say in JSON, not even over texts. */
  readonly wholeInJson?: boolean
  /** It has none anywhere. */
  readonly neverCut?: boolean
}

/** What stands between the percent signs. */
export interface Command {
  readonly name: string
  /** Inside the parentheses; undefined when there are none, which means the same as empty ones. */
  readonly parameter: string | undefined
  readonly maxLength: number | undefined
}

export type CompiledOperator = Operator | { readonly error: string }

/** How an operator takes its parameter. */
export interface OperatorKind {
  readonly parameters: 'none' | 'optional' | 'required'
  /** Whether `:Z` is allowed; cutting is not the operator's business. */
  readonly truncates: boolean
  /** `operators` is the table that the format is compiled with. */
  compile(parameter: string, operators: OperatorTable): CompiledOperator
}

export type OperatorTable = Readonly<Record<string, OperatorKind>>

type Text = (context: FormatterContext) => string | undefined
type Numeric = (context: FormatterContext) => number | undefined

/** Takes neither parameter nor length. */
export function plainOperator(operator: Operator): OperatorKind {
  return { parameters: 'none', truncates: false, compile: () => operator }
}

export function textOperator(text: Text): OperatorKind {
  return plainOperator({ text })
}

/** Names that come from a configuration: Unicode, and no value when empty. */
export function nameOperator(name: Text): OperatorKind {
  return textOperator((context) => {
    const text = name(context)
    return text === undefined || text === '' ? undefined : toWireText(text)
  })
}

/** Reasons that our own code or a library words: blanks would split the field of a log line. */
export function reasonOperator(reason: Text): OperatorKind {
  return textOperator((context) => {
    const text = reason(context)
    return text === undefined || text === '' ? undefined : withoutBlanks(text)
  })
}

export function withoutBlanks(text: string): string {
  return text.includes(' ') ? text.replaceAll(' ', '_') : text
}

export function numberOperator(value: Numeric): OperatorKind {
  return plainOperator(numberValue(value))
}

export function numberValue(value: Numeric): Operator {
  const text = (context: FormatterContext) => {
    const number = value(context)
    if (number === undefined) return undefined
    // Nearly all are small whole numbers, whose text the engine keeps.
    return Number.isSafeInteger(number) ? `${number}` : jsonNumber(number)
  }
  return { text, json: text }
}

/** Known to Envoy, but what it prints cannot be known here. */
export function unsupportedOperator(name: string): OperatorKind {
  return {
    parameters: 'optional',
    truncates: true,
    compile: () => ({ error: `%${name}% is not supported by Nuncio yet` }),
  }
}
