/** A format string with %COMMAND% operators, compiled to one function. */
import type { Formatter, FormatterContext } from '../api/access-log.ts'
import { toWireText } from '../base/wire-text.ts'
import { compileOperator } from './compile-operator.ts'
import type { Operator } from './operator.ts'
import { parseFormat } from './parse-format.ts'

export type CompiledFormat =
  | { readonly ok: true; readonly formatter: Formatter }
  | { readonly ok: false; readonly message: string }

/** `unset` stands for a value that is not there: `-` in logs, nothing in headers. Output is latin1 wire text. */
export function compileFormat(text: string, options: { readonly unset: string }): CompiledFormat {
  const parsed = parseFormat(text)
  if (!parsed.ok) return parsed
  const pieces: (string | Operator)[] = []
  for (const part of parsed.parts) {
    if ('literal' in part) {
      pieces.push(toWireText(part.literal))
      continue
    }
    const operator = compileOperator(part.command)
    if ('error' in operator) return { ok: false, message: operator.error }
    pieces.push(operator)
  }
  return { ok: true, formatter: { format: (context) => join(pieces, context, options.unset) } }
}

function join(pieces: readonly (string | Operator)[], context: FormatterContext, unset: string): string {
  let out = ''
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!
    out += typeof piece === 'string' ? piece : (piece.text(context) ?? unset)
  }
  return out
}
