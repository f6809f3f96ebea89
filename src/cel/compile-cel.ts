/**
 * CEL expressions over the attributes of a stream (https://github.com/google/cel-spec, Envoy docs:
 * arch_overview/advanced/attributes), from text or from a syntax tree in a configuration.
 */
import type { CelValue } from '@bufbuild/cel'
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import type { Json, Message } from '../api/config.ts'
import { activationOf } from './activation.ts'
import type { CelData } from './cel-data.ts'
import type { CelOptions } from './cel-functions.ts'
import { DEFAULT_CEL_OPTIONS, extraFunctions, knownFunctions, re2 } from './cel-functions.ts'
import type { CelLibrary } from './cel-library.ts'
import { celLibrary } from './cel-library.ts'
import { checkExpression } from './check-expression.ts'
import { jsonValue } from './json-value.ts'
import { printValue } from './print-value.ts'

export interface CelExpression {
  /** The value is `true`; false for any other value, and when there is none (an attribute is missing, types disagree). */
  matches(data: CelData): boolean
  /** Unicode text; undefined when there is no value. */
  print(data: CelData): string | undefined
  json(data: CelData): Json | undefined
}

export type CompiledCel =
  | { readonly ok: true; readonly expression: CelExpression }
  /** `syntax`: the text is no expression; `create`: it is one that Envoy does not evaluate. `message` is Envoy's. */
  | { readonly ok: false; readonly stage: 'syntax' | 'create'; readonly message: string }

export function compileCelText(text: string, options: CelOptions = DEFAULT_CEL_OPTIONS): CompiledCel {
  const library = celLibrary()
  try {
    return compile(library, library.cel.parse(text).expr, options)
  } catch (error) {
    return { ok: false, stage: 'syntax', message: messageOf(error) }
  }
}

/** `message`: a google.api.expr.v1alpha1.Expr or cel.expr.Expr, which are the same on paper. */
export function compileCelMessage(message: Message, options: CelOptions = DEFAULT_CEL_OPTIONS): CompiledCel {
  const library = celLibrary()
  try {
    const expr = library.protobuf.fromJson(library.syntax.ExprSchema, message as never, { ignoreUnknownFields: true })
    return compile(library, expr, options)
  } catch (error) {
    return { ok: false, stage: 'create', message: messageOf(error) }
  }
}

function compile(library: CelLibrary, expr: Expr, options: CelOptions): CompiledCel {
  const checked = checkExpression(expr, knownFunctions(options), badPattern)
  if (typeof checked === 'string') {
    return { ok: false, stage: 'create', message: `failed to create an expression: ${checked}` }
  }
  const { cel } = library
  const env = cel.celEnv({ funcs: extraFunctions(library, options), re2: new PatternCache() })
  const evaluate = cel.plan(env, expr)
  const value = (data: CelData): CelValue | undefined => {
    const result = evaluate(activationOf(library, checked.names, data))
    return cel.isCelError(result) ? undefined : result
  }
  return {
    ok: true,
    expression: {
      matches: (data) => value(data) === true,
      print: (data) => {
        const found = value(data)
        return found === undefined ? undefined : printValue(library, found)
      },
      json: (data) => {
        const found = value(data)
        return found === undefined ? undefined : jsonValue(library, found)
      },
    },
  }
}

/** Patterns are mostly constants of the expression; those made of a request's own text do not pile up. */
class PatternCache {
  readonly #compiled = new Map<string, { test(text: string): boolean }>()

  compile(pattern: string): { test(text: string): boolean } {
    const known = this.#compiled.get(pattern)
    if (known !== undefined) return known
    const engine = re2(pattern)
    const made = { test: (text: string) => engine.matcher(text).find() }
    if (this.#compiled.size < MAX_PATTERNS) this.#compiled.set(pattern, made)
    return made
  }
}

const MAX_PATTERNS = 32

function badPattern(pattern: string): string | undefined {
  try {
    re2(pattern)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
