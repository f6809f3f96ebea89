/** A format string with %COMMAND% operators, compiled to one function. */
import type { Formatter, FormatterContext } from '../api/access-log.ts'
import { toWireText } from '../base/wire-text.ts'
import { compileOperator } from './compile-operator.ts'
import type { Operator, OperatorTable } from './operator.ts'
import { BUILT_IN_OPERATORS } from './operators/all.ts'
import { parseFormat } from './parse-format.ts'

export type CompiledFormat =
  | { readonly ok: true; readonly formatter: Formatter }
  | { readonly ok: false; readonly message: string }

export interface FormatOptions {
  /** Stands for a value that is not there: `-` in logs, nothing in headers. */
  readonly unset: string
  /** What formatter extensions add to the built-in operators. */
  readonly operators?: OperatorTable
}

export type FormatPieces =
  | { readonly ok: true; readonly pieces: readonly (string | Operator)[] }
  | { readonly ok: false; readonly message: string }

/** Output is wire text. */
export function compileFormat(text: string, options: FormatOptions): CompiledFormat {
  const compiled = compilePieces(text, options.operators ?? BUILT_IN_OPERATORS)
  if (!compiled.ok) return compiled
  return { ok: true, formatter: new TextFormatter(compiled.pieces, options.unset) }
}

/** Literals (as wire text) and operators, in order; literals stand never side by side. */
export function compilePieces(text: string, operators: OperatorTable): FormatPieces {
  const parsed = parseFormat(text)
  if (!parsed.ok) return parsed
  const pieces: (string | Operator)[] = []
  for (const part of parsed.parts) {
    if ('literal' in part) {
      pieces.push(toWireText(part.literal))
      continue
    }
    const operator = compileOperator(part.command, operators)
    if ('error' in operator) return { ok: false, message: operator.error }
    pieces.push(operator)
  }
  return { ok: true, pieces }
}

/** Pieces as one text: a literal before each operator and one behind the last. */
export class TextFormatter implements Formatter {
  readonly #literals: readonly string[]
  readonly #operators: readonly Operator[]
  readonly #unset: string

  constructor(pieces: readonly (string | Operator)[], unset: string) {
    const literals: string[] = ['']
    const operators: Operator[] = []
    for (const piece of pieces) {
      if (typeof piece === 'string') literals[operators.length] = piece
      else literals[operators.push(piece)] = ''
    }
    this.#literals = literals
    this.#operators = operators
    this.#unset = unset
  }

  format(context: FormatterContext): string {
    const literals = this.#literals
    const operators = this.#operators
    let out = literals[0]!
    // One template a step: the engine's rope has three strands, and its cost is the number of knots.
    for (let i = 0; i < operators.length; i++) {
      out = `${out}${operators[i]!.text(context) ?? this.#unset}${literals[i + 1]!}`
    }
    return out
  }
}
