/* JSON text → tree. Integers that a double cannot hold stay exact as BigInt, values of keys that come again are kept. */
import { JsonProblem, deepest, readLenientJson } from './json-reader.ts'
import { newMarks } from './marks.ts'

export type JsonResult =
  /** `duplicates`: keys that came again. */
  | { readonly ok: true; readonly tree: unknown; readonly duplicates: number }
  | { readonly ok: false; readonly message: string; readonly offset: number }

export function readJson(text: string): JsonResult {
  let tree: unknown
  try {
    tree = /\d{16}/.test(text) ? JSON.parse(text, exactIntegers) : JSON.parse(text)
  } catch {
    return readLeniently(text)
  }
  // The own reader says where it goes too deep, or beyond the numbers, and knows of keys that came again.
  const isSpecial = HUGE_EXPONENT.test(text) || isDeeper(tree, deepest) || mayRepeatKeys(text, tree)
  return isSpecial ? readLeniently(text) : { ok: true, tree, duplicates: 0 }
}

/** A text with more colons behind quotes than its tree has keys: some are inside of texts, or keys came again. */
function mayRepeatKeys(text: string, tree: unknown): boolean {
  if (/"\s+:/.test(text)) return true
  let colons = 0
  for (let at = text.indexOf('":'); at >= 0; at = text.indexOf('":', at + 2)) colons++
  return colons > countKeys(tree)
}

function countKeys(tree: unknown): number {
  if (typeof tree !== 'object' || tree === null) return 0
  let count = 0
  if (Array.isArray(tree)) for (const element of tree) count += countKeys(element)
  else for (const key in tree) count += 1 + countKeys((tree as Record<string, unknown>)[key])
  return count
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
    const marks = newMarks()
    const tree = readLenientJson(text, marks)
    return { ok: true, tree, duplicates: marks.duplicates.length }
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
