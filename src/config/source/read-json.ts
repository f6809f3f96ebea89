/* JSON text → tree. Integers that a double cannot hold stay exact as BigInt. */
import { JsonProblem, deepest, readLenientJson } from './json-reader.ts'

export type JsonResult =
  | { readonly ok: true; readonly tree: unknown }
  | { readonly ok: false; readonly message: string; readonly offset: number }

export function readJson(text: string): JsonResult {
  let tree: unknown
  try {
    tree = /\d{16}/.test(text) ? JSON.parse(text, exactIntegers) : JSON.parse(text)
  } catch {
    return readLeniently(text)
  }
  // The own reader says where it goes too deep, or beyond the numbers.
  return HUGE_EXPONENT.test(text) || isDeeper(tree, deepest) ? readLeniently(text) : { ok: true, tree }
}

const HUGE_EXPONENT = /\d[eE]\+?\d{3}/

/** Whether maps and lists stand in each other on more levels than these. */
export function isDeeper(tree: unknown, levels: number): boolean {
  if (typeof tree !== 'object' || tree === null) return false
  if (levels === 0) return true
  // Keys of long lists would be as many texts.
  if (Array.isArray(tree)) return tree.some((element) => isDeeper(element, levels - 1))
  for (const key in tree) if (isDeeper((tree as Record<string, unknown>)[key], levels - 1)) return true
  return false
}

function readLeniently(text: string): JsonResult {
  try {
    return { ok: true, tree: readLenientJson(text) }
  } catch (problem) {
    if (problem instanceof JsonProblem) return { ok: false, message: problem.message, offset: problem.offset }
    throw problem
  }
}

function exactIntegers(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value
}
