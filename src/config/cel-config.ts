/** Expressions in configurations: xds.type.v3.CelExpression and envoy.config.core.v3.CelExpressionConfig. */
import type { Reader } from '../api/config.ts'
import type { CelOptions } from '../cel/cel-functions.ts'
import type { CelExpression, CompiledCel } from '../cel/compile-cel.ts'
import { compileCelMessage } from '../cel/compile-cel.ts'

export function readCelOptions(reader: Reader): CelOptions {
  return {
    stringConversion: reader.bool('enable_string_conversion', false),
    stringConcat: reader.bool('enable_string_concat', false),
    stringFunctions: reader.bool('enable_string_functions', false),
  }
}

/** A google.api.expr.v1alpha1.Expr or cel.expr.Expr in `field`; undefined after an error was reported. */
export function readCelExpr(reader: Reader, field: string, options?: CelOptions): CelExpression | undefined {
  const message = reader.message(field, (expr) => expr.keep())
  return message === undefined ? undefined : expressionOf(reader, field, compileCelMessage(message, options))
}

/** xds.type.v3.CelExpression; undefined after an error was reported. Envoy takes no text here. */
export function readCelExpression(reader: Reader): CelExpression | undefined {
  for (const field of ['parsed_expr', 'checked_expr', 'cel_expr_parsed', 'cel_expr_checked'] as const) {
    if (reader.has(field)) return reader.message(field, readTree)
  }
  reader.string('cel_expr_string')
  reader.error(undefined, 'NU183', 'failed to create an expression: CEL expression not set.')
  return undefined
}

/** A ParsedExpr or CheckedExpr: what stands beside `expr` (types, places in the source) changes no result. */
function readTree(reader: Reader): CelExpression | undefined {
  reader.keep()
  if (reader.has('expr')) return readCelExpr(reader, 'expr')
  reader.error(undefined, 'NU183', 'failed to create an expression: Invalid empty expression')
  return undefined
}

function expressionOf(reader: Reader, field: string, compiled: CompiledCel): CelExpression | undefined {
  if (compiled.ok) return compiled.expression
  reader.error(field, 'NU183', compiled.message)
  return undefined
}
