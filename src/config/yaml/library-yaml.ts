/*
 * The slow and complete YAML reader: the `yaml` package for the grammar, our own meaning of scalars. Used where the
 * fast reader gives up, and for the words about a syntax error.
 */
import type { Node, Pair } from 'yaml'
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml'
import type { EntryMark, Marks } from '../source/marks.ts'
import { markEntry } from '../source/marks.ts'
import { resolvePlainScalar } from './plain-scalar.ts'

export interface YamlProblem {
  readonly message: string
  readonly offset: number
}

export type YamlResult =
  | { readonly ok: true; readonly tree: unknown }
  | { readonly ok: false; readonly problem: YamlProblem }

const maxAliasExpansion = 1_000_000

/** Notes the places of everything in `marks`, if given. */
export function readYamlByLibrary(text: string, marks?: Marks): YamlResult {
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    merge: false,
    stringKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const document = Array.isArray(documents) ? documents[0] : undefined
  if (document === undefined) return { ok: true, tree: null }
  const error = document.errors[0]
  if (marks !== undefined) marks.secondDocument = documents[1]?.range[0]
  if (error !== undefined)
    return { ok: false, problem: { message: firstSentence(error.message), offset: error.pos[0] } }
  try {
    return { ok: true, tree: toTree(document.contents, { anchors: new Map(), budget: maxAliasExpansion, marks }) }
  } catch (problem) {
    if (problem instanceof TreeProblem)
      return { ok: false, problem: { message: problem.message, offset: problem.offset } }
    throw problem
  }
}

class TreeProblem extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

interface TreeState {
  readonly anchors: Map<string, unknown>
  budget: number
  readonly marks: Marks | undefined
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
  if (isScalar(node)) return scalar(node.type, String(node.value ?? ''))
  if (isSeq<Node>(node)) return list(node.items, state)
  return isMap<Node, Node | null>(node) ? map(node.items, state) : null
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
  for (const pair of items) {
    const key = keyText(pair.key, state)
    const value = toTree(pair.value, state)
    if (pair.key.tag === '!ignore') continue
    if (state.marks !== undefined) markEntry(state.marks, out, key, markOf(pair.key, pair.value))
    defineKey(out, key, value)
  }
  return out
}

function markOf(key: Node | null, value: Node | null): EntryMark {
  const keyStart = key?.range?.[0] ?? -1
  const keyEnd = key?.range?.[1] ?? -1
  return { keyStart, keyEnd, valueStart: value?.range?.[0] ?? keyStart, valueEnd: value?.range?.[1] ?? keyEnd }
}

function scalar(type: string | undefined, value: string): unknown {
  return type === 'PLAIN' || type === undefined ? resolvePlainScalar(value) : value
}

function keyText(key: Node, state: TreeState): string {
  const tree = toTree(key, state)
  if (tree === null) return 'null'
  if (isScalar(key)) return String(key.value)
  if (typeof tree !== 'object') return String(tree)
  throw new TreeProblem('bad conversion', key.range?.[0] ?? 0)
}

function defineKey(out: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true })
  else out[key] = value
}

function firstSentence(message: string): string {
  return message.split('\n')[0] ?? message
}
