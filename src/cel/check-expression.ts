/**
 * Goes through a parsed expression before it is used: refuses what Envoy refuses when it creates one, and learns which
 * names it needs.
 */
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'

export interface CheckedExpression {
  /** Names at the root of the expression's attributes. */
  readonly names: readonly string[]
}

/** Names of functions before operators had their present ones. */
const OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ['_in_', '@in'],
  ['in', '@in'],
])

/** The text of what is wrong, or what was found. `expr` is put in order in place. */
export function checkExpression(
  expr: Expr,
  known: ReadonlySet<string>,
  badPattern: (pattern: string) => string | undefined,
): CheckedExpression | string {
  const names = new Set<string>()
  let problem: string | undefined
  const visit = (at: Expr | undefined): void => {
    if (at === undefined || problem !== undefined) return
    const kind = at.exprKind
    switch (kind.case) {
      case 'constExpr':
        return
      case 'identExpr':
        if (kind.value.name === '') {
          problem ??= "Invalid expression: identifier 'name' must not be empty"
          return
        }
        names.add(kind.value.name.replace(/^\./, '').split('.')[0]!)
        return
      case 'selectExpr':
        return visit(kind.value.operand)
      case 'listExpr':
        return kind.value.elements.forEach(visit)
      case 'structExpr':
        for (const entry of kind.value.entries) {
          if (entry.keyKind.case === 'mapKey') visit(entry.keyKind.value)
          visit(entry.value)
        }
        return
      case 'callExpr': {
        const call = kind.value
        call.function = OLD_NAMES.get(call.function) ?? call.function
        const path = call.target === undefined ? undefined : pathOf(call.target)
        if (path !== undefined && known.has(`${path}.${call.function}`)) {
          call.function = `${path}.${call.function}`
          delete call.target
        }
        if (!known.has(call.function)) {
          problem ??= `No overload found in reference resolve step for ${call.function.split('.').at(-1)}`
          return
        }
        visit(call.target)
        call.args.forEach(visit)
        const pattern = call.function === 'matches' ? call.args.at(-1)?.exprKind : undefined
        if (pattern?.case === 'constExpr' && pattern.value.constantKind.case === 'stringValue') {
          const bad = badPattern(pattern.value.constantKind.value)
          if (bad !== undefined) problem ??= `invalid regular expression: ${bad}`
        }
        return
      }
      case 'comprehensionExpr':
        problem ??= 'Comprehension support is disabled'
        return
      default:
        problem ??= 'Invalid empty expression'
    }
  }
  visit(expr)
  return problem ?? { names: [...names] }
}

/** `a.b` of an expression that is only names. */
function pathOf(expr: Expr): string | undefined {
  const kind = expr.exprKind
  if (kind.case === 'identExpr') return kind.value.name
  if (kind.case !== 'selectExpr' || kind.value.operand === undefined) return undefined
  const above = pathOf(kind.value.operand)
  return above === undefined ? undefined : `${above}.${kind.value.field}`
}
