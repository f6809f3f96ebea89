/**
 * Alternatives that begin alike share their beginning, as RE2's parser has it: first literal prefixes, then first
 * pieces that are simple, then bytes and classes that stand side by side become one class.
 */
import { ByteClass } from './byte-class.ts'
import type { PatternNode } from './pattern-node.ts'
import {
  alternate,
  classNode,
  concat,
  equalNodes,
  FOLD_CASE,
  isEmptyWidth,
  isOneByte,
  literal,
  node,
} from './pattern-node.ts'

/** Changes what is below `subs`. */
export function factorAlternatives(subs: PatternNode[], flags: number): PatternNode[] {
  const byString = factorRuns(subs, flags, stringRun)
  const byPiece = factorRuns(byString, flags, pieceRun)
  return mergeClasses(byPiece, flags)
}

/** What the alternatives from `start` on share, and how many they are. */
interface Run {
  readonly length: number
  readonly prefix: () => PatternNode
  readonly rest: (sub: PatternNode) => PatternNode
}

function factorRuns(
  subs: PatternNode[],
  flags: number,
  runAt: (subs: readonly PatternNode[], start: number) => Run,
): PatternNode[] {
  const out: PatternNode[] = []
  for (let i = 0; i < subs.length;) {
    const { length, prefix, rest } = runAt(subs, i)
    if (length < 2) out.push(subs[i++]!)
    else {
      const shared = prefix()
      const suffixes = factorAlternatives(subs.slice(i, i + length).map(rest), flags)
      out.push(concat([shared, alternate(suffixes, flags)], flags))
      i += length
    }
  }
  return out
}

function stringRun(subs: readonly PatternNode[], start: number): Run {
  const first = leadingString(subs[start]!)
  const fold = first.flags & FOLD_CASE
  const bytes = [...first.bytes]
  let shared = bytes.length
  let end = start + 1
  for (; end < subs.length; end++) {
    const next = leadingString(subs[end]!)
    if ((next.flags & FOLD_CASE) !== fold) break
    const same = commonLength(bytes, next.bytes, shared)
    if (same === 0) break
    shared = same
  }
  return {
    length: end - start,
    prefix: () => literal(bytes.slice(0, shared), fold),
    rest: (sub) => withoutString(sub, shared),
  }
}

function commonLength(a: readonly number[], b: readonly number[], most: number): number {
  let same = 0
  while (same < most && same < b.length && a[same] === b[same]) same++
  return same
}

const NO_STRING: readonly number[] = []

/** The literal that the alternative begins with. */
function leadingString(sub: PatternNode): { readonly bytes: readonly number[]; readonly flags: number } {
  let first = sub
  while (first.op === 'concat' && first.subs.length > 0) first = first.subs[0]!
  const isString = first.op === 'literal' || first.op === 'literal-string'
  return { bytes: isString ? first.bytes : NO_STRING, flags: first.flags }
}

function withoutString(sub: PatternNode, length: number): PatternNode {
  if (sub.op === 'concat') {
    const first = withoutString(sub.subs[0]!, length)
    const rest = sub.subs.slice(1)
    if (first.op !== 'empty-match') return { ...sub, subs: [first, ...rest] }
    return rest.length === 1 ? rest[0]! : { ...sub, subs: rest }
  }
  return literal(sub.bytes.slice(length), sub.flags)
}

function pieceRun(subs: readonly PatternNode[], start: number): Run {
  const first = leadingPiece(subs[start]!)
  let end = start + 1
  if (first !== undefined && isSimplePiece(first)) {
    for (; end < subs.length; end++) {
      const next = leadingPiece(subs[end]!)
      if (next === undefined || !equalNodes(first, next)) break
    }
  }
  return { length: end - start, prefix: () => first!, rest: withoutPiece }
}

function leadingPiece(sub: PatternNode): PatternNode | undefined {
  if (sub.op === 'empty-match') return undefined
  if (sub.op !== 'concat' || sub.subs.length < 2) return sub
  return sub.subs[0]!.op === 'empty-match' ? undefined : sub.subs[0]
}

/** What may be shared without another path through the program. */
function isSimplePiece({ op, min, max, subs }: PatternNode): boolean {
  if (op === 'repeat') return min === max && isOneByte(subs[0]!.op)
  return isEmptyWidth(op) || (isOneByte(op) && op !== 'literal')
}

function withoutPiece(sub: PatternNode): PatternNode {
  if (sub.op !== 'concat' || sub.subs.length < 2) return node('empty-match', sub.flags)
  const rest = sub.subs.slice(1)
  return rest.length === 1 ? rest[0]! : { ...sub, subs: rest }
}

function mergeClasses(subs: readonly PatternNode[], flags: number): PatternNode[] {
  const out: PatternNode[] = []
  for (let i = 0; i < subs.length;) {
    let end = i
    while (end < subs.length && (subs[end]!.op === 'literal' || subs[end]!.op === 'class')) end++
    if (end - i < 2) out.push(subs[i++]!)
    else {
      out.push(classNode(union(subs.slice(i, end)), flags & ~FOLD_CASE))
      i = end
    }
  }
  return out
}

function union(subs: readonly PatternNode[]): ByteClass {
  const set = new ByteClass()
  for (const { op, set: part, bytes, flags } of subs) {
    if (op === 'class') set.addAll(part!)
    else if ((flags & FOLD_CASE) === 0) set.add(bytes[0]!, bytes[0]!)
    else set.addFolded(bytes[0]!, bytes[0]!)
  }
  return set
}
