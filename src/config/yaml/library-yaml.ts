/*
 * The slow and complete YAML reader: the `yaml` package for the grammar, our own meaning of scalars. Used where the
 * fast reader gives up, and for the words about a syntax error.
 */
import type { Node, Pair } from 'yaml'
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml'
import type { EntryMark, Marks } from '../source/marks.ts'
import { markEntry } from '../source/marks.ts'
import { setOwn } from '../source/set-own.ts'
import { resolvePlainScalar } from './plain-scalar.ts'
import {
  blockColumn,
  directiveProblem,
  halfCharacter,
  isHarmless,
  tabAfterPlain,
  tooManyBrackets,
  withoutDirectives,
} from './scanner-rules.ts'
import type { YamlProblem } from './yaml-problem.ts'

export type YamlResult =
  | {
      readonly ok: true
      readonly tree: unknown
      readonly duplicates: number
      readonly hasSecondDocument: boolean
      readonly mergeKeys: number
    }
  | { readonly ok: false; readonly problem: YamlProblem }

const maxAliasExpansion = 1_000_000

/** Notes the places of everything in `marks`, if given. */
export function readYamlByLibrary(text: string, marks?: Marks): YamlResult {
  const unfit = unfitText(text)
  if (unfit !== undefined) return { ok: false, problem: unfit }
  const documents = parseAllDocuments(withoutDirectives(text), {
    schema: 'failsafe',
    resolveKnownTags: false,
    uniqueKeys: false,
    merge: false,
    stringKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const document = Array.isArray(documents) ? documents[0] : undefined
  if (document === undefined) return { ok: true, tree: null, duplicates: 0, hasSecondDocument: false, mergeKeys: 0 }
  const error = document.errors.find(({ code, message }) => !isHarmless(code, message))
  const second = documents.slice(1).find((each) => each.contents !== null)?.range[0]
  if (marks !== undefined) marks.secondDocument = second
  if (error !== undefined) {
    const { code, message, pos } = error
    return { ok: false, problem: { message: firstSentence(message), offset: pos[0], isTab: code === 'TAB_AS_INDENT' } }
  }
  const budget = maxAliasExpansion
  const state: TreeState = { text, anchors: new Map(), budget, marks, inside: IN_BRACKETS, duplicates: 0, mergeKeys: 0 }
  try {
    const tree = toTree(document.contents, state)
    const { duplicates, mergeKeys } = state
    return { ok: true, tree, duplicates, hasSecondDocument: second !== undefined, mergeKeys }
  } catch (problem) {
    if (problem instanceof TreeProblem)
      return { ok: false, problem: { message: problem.message, offset: problem.offset, isTab: problem.isTab } }
    throw problem
  }
}

function unfitText(text: string): YamlProblem | undefined {
  const offset = tooManyBrackets(text)
  return offset === undefined ? directiveProblem(text) : { message: 'too deeply nested', offset, isTab: false }
}

class TreeProblem extends Error {
  readonly offset: number
  readonly isTab: boolean

  constructor(message: string, offset: number, isTab = false) {
    super(message)
    this.offset = offset
    this.isTab = isTab
  }
}

/** No column: nothing is indented between brackets. */
const IN_BRACKETS = -1

interface TreeState {
  readonly text: string
  /** Column of the innermost block collection. */
  inside: number
  readonly anchors: Map<string, unknown>
  budget: number
  readonly marks: Marks | undefined
  duplicates: number
  mergeKeys: number
}

function toTree(node: Node | null, state: TreeState): unknown {
  const offset = node?.range?.[0] ?? 0
  if (--state.budget < 0) throw new TreeProblem('too many nodes', offset)
  if (node === null) return null
  if (isAlias(node)) {
    if (!state.anchors.has(node.source))
      throw new TreeProblem(`the referenced anchor is not defined: ${node.source}`, offset)
    return state.anchors.get(node.source)
  }
  const tree = content(node, state)
  if ('anchor' in node && typeof node.anchor === 'string') state.anchors.set(node.anchor, tree)
  return tree
}

function content(node: Node, state: TreeState): unknown {
  if (isScalar(node)) {
    checkScanning(node, state)
    return scalar(node.type, node.tag, String(node.value ?? ''))
  }
  const outside = state.inside
  state.inside = blockColumn(state.text, node) ?? IN_BRACKETS
  const tree = isSeq<Node>(node)
    ? list(node.items, state)
    : isMap<Node, Node | null>(node)
      ? map(node.items, state)
      : null
  state.inside = outside
  return tree
}

function checkScanning(node: Node, { text, inside }: TreeState): void {
  const half = halfCharacter(text, node)
  if (half !== undefined) throw new TreeProblem('invalid unicode: half of a surrogate pair', half)
  const tab = tabAfterPlain(text, node, inside)
  if (tab !== undefined) throw new TreeProblem('illegal tab when looking for indentation', tab, true)
}

function list(items: readonly Node[], state: TreeState): unknown[] {
  const out: unknown[] = []
  for (const item of items) {
    if (state.marks !== undefined) markEntry(state.marks, out, out.length, markOf(null, item))
    out.push(toTree(item, state))
  }
  return out
}

function map(items: readonly Pair<Node, Node | null>[], state: TreeState): unknown {
  const out: Record<string, unknown> = {}
  const merges: Tree[] = []
  for (const pair of items) {
    const key = keyText(pair.key, state)
    const value = toTree(pair.value, state)
    if (pair.key.tag === '!ignore') continue
    if (key === '<<' && isPlain(pair.key) && isMergeable(value)) {
      merges.push(...[value].flat())
      continue
    }
    if (state.marks !== undefined) markEntry(state.marks, out, key, markOf(pair.key, pair.value))
    if (Object.hasOwn(out, key)) state.duplicates++
    setOwn(out, key, value)
  }
  for (const merged of merges) merge(out, merged, state)
  return out
}

function isPlain(key: Node): boolean {
  return isScalar(key) && key.type === 'PLAIN'
}

/** A map, or a list of maps, as the merge key of YAML 1.1 takes them. */
function isMergeable(value: unknown): value is Tree | readonly Tree[] {
  return Array.isArray(value) ? value.length > 0 && value.every(isTree) : isTree(value)
}

interface Tree {
  readonly [key: string]: unknown
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a map says itself, or an earlier merged one, wins. */
function merge(out: Record<string, unknown>, from: Tree, state: TreeState): void {
  state.mergeKeys++
  const marks = state.marks?.containers.get(from)
  for (const key of Object.keys(from)) {
    if (Object.hasOwn(out, key)) continue
    setOwn(out, key, from[key])
    const mark = marks?.get(key)
    if (mark !== undefined && state.marks !== undefined) markEntry(state.marks, out, key, mark)
  }
}

function markOf(key: Node | null, value: Node | null): EntryMark {
  const keyStart = key?.range?.[0] ?? -1
  const keyEnd = key?.range?.[1] ?? -1
  return { keyStart, keyEnd, valueStart: value?.range?.[0] ?? keyStart, valueEnd: value?.range?.[1] ?? keyEnd }
}

/** A text in quotes is one because of the tag `!` that it has unless another is written, and that is no type here. */
function scalar(type: string | undefined, tag: string | undefined, value: string): unknown {
  if (tag === undefined) return type === 'PLAIN' || type === undefined ? resolvePlainScalar(value) : value
  if (tag === '!') return value
  const resolved = resolvePlainScalar(/^\s*[-+\d]/.test(value) ? value.trim() : value)
  return typeof resolved === 'string' || resolved === null ? value : resolved
}

function keyText(key: Node, state: TreeState): string {
  const tree = toTree(key, state)
  if (tree === null) return 'null'
  if (isScalar(key)) return String(key.value)
  if (typeof tree !== 'object') return String(tree)
  throw new TreeProblem('bad conversion', key.range?.[0] ?? 0)
}

function firstSentence(message: string): string {
  return message.split('\n')[0] ?? message
}
