/** Expressions in configurations: xds.type.v3.CelExpression and envoy.config.core.v3.CelExpressionConfig. */
import type { Reader } from '../api/config.ts'
import type { CelOptions } from '../cel/cel-functions.ts'
import type { CelExpression, CompiledCel } from '../cel/compile-cel.ts'
import { compileCelMessage, compileCelText } from '../cel/compile-cel.ts'

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

/** xds.type.v3.CelExpression; undefined after an error was reported. */
export function readCelExpression(reader: Reader): CelExpression | undefined {
  const kind = reader.oneof('expr_specifier')
  for (const field of ['parsed_expr', 'checked_expr', 'cel_expr_parsed', 'cel_expr_checked'] as const) {
    if (reader.has(field)) return reader.message(field, readTree)
  }
  if (kind === undefined && reader.has('cel_expr_string')) {
    return expressionOf(reader, 'cel_expr_string', compileCelText(reader.string('cel_expr_string')))
  }
  reader.error(undefined, 'NU183', 'CEL expression not set.')
  return undefined
}

/** A ParsedExpr or CheckedExpr: what stands beside `expr` (types, places in the source) changes no result. */
function readTree(reader: Reader): CelExpression | undefined {
  reader.keep()
  return readCelExpr(reader, 'expr')
}

function expressionOf(reader: Reader, field: string, compiled: CompiledCel): CelExpression | undefined {
  if (compiled.ok) return compiled.expression
  reader.error(field, 'NU183', compiled.message)
  return undefined
}
