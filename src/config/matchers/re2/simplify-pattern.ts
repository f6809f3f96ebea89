/** Counts written out in terms of `*`, `+` and `?`; runs of the same byte or class put together first. As RE2 does it. */
import type { PatternNode } from './pattern-node.ts'
import {
  concat,
  equalNodes,
  FOLD_CASE,
  isEmptyWidth,
  isOneByte,
  isRepeatOp,
  literal,
  node,
  NON_GREEDY,
  repeated,
} from './pattern-node.ts'

export function simplifyPattern(root: PatternNode): PatternNode {
  return simplified(coalesced(root))
}

function coalesced(part: PatternNode): PatternNode {
  if (part.subs.length === 0) return part
  const subs = part.subs.map(coalesced)
  if (part.op !== 'concat') return { ...part, subs }
  let changed = false
  for (let i = 0; i + 1 < subs.length; i++) {
    if (!canJoin(subs[i]!, subs[i + 1]!)) continue
    changed = true
    ;[subs[i], subs[i + 1]] = joined(subs[i]!, subs[i + 1]!)
  }
  return { ...part, subs: changed ? subs.filter(({ op }) => op !== 'empty-match') : subs }
}

function isCounted(part: PatternNode): boolean {
  return isRepeatOp(part.op) || part.op === 'repeat'
}

/** `a*a+`, `a*a`, `a*aab`. */
function canJoin(first: PatternNode, second: PatternNode): boolean {
  const inner = first.subs[0]
  if (!isCounted(first) || inner === undefined || !isOneByte(inner.op)) return false
  if (isCounted(second) && equalNodes(inner, second.subs[0]!)) {
    if (((first.flags ^ second.flags) & NON_GREEDY) === 0) return true
  }
  if (equalNodes(inner, second)) return true
  if (inner.op !== 'literal' || second.op !== 'literal-string') return false
  return second.bytes[0] === inner.bytes[0] && ((inner.flags ^ second.flags) & FOLD_CASE) === 0
}

/** Both together in the second place; before it nothing, or behind it the rest of a string. */
function joined(first: PatternNode, second: PatternNode): [PatternNode, PatternNode] {
  const [min, max] = countOf(first)
  const more = (least: number, most: number) => {
    const sum = max === -1 || most === -1 ? -1 : max + most
    return { ...node('repeat', first.flags, [first.subs[0]!]), min: min + least, max: sum }
  }
  const nothing = node('empty-match', 0)
  if (isCounted(second)) return [nothing, more(...countOf(second))]
  if (second.op !== 'literal-string') return [nothing, more(1, 1)]
  const same = second.bytes.findIndex((byte) => byte !== first.subs[0]!.bytes[0])
  if (same < 0) return [nothing, more(second.bytes.length, second.bytes.length)]
  return [more(same, same), literal(second.bytes.slice(same), second.flags)]
}

function countOf({ op, min, max }: PatternNode): [number, number] {
  if (op === 'repeat') return [min, max]
  return op === 'star' ? [0, -1] : op === 'plus' ? [1, -1] : [0, 1]
}

function simplified(part: PatternNode): PatternNode {
  const subs = part.subs.map(simplified)
  const sub = subs[0]
  switch (part.op) {
    case 'star':
    case 'plus':
    case 'quest':
      if (sub!.op === 'empty-match') return sub!
      if (sub === part.subs[0]) return part
      // Simplification may have brought a repetition of the same kind.
      return part.op === sub!.op && part.flags === sub!.flags ? sub! : { ...part, subs }
    case 'repeat':
      return sub!.op === 'empty-match' ? sub! : writtenOut(sub!, part)
    case 'class':
      return part.set!.size === 0 ? node('no-match', part.flags) : part
    default:
      return subs.every((each, i) => each === part.subs[i]) ? part : { ...part, subs }
  }
}

function writtenOut(part: PatternNode, { min: least, max: most, flags }: PatternNode): PatternNode {
  // Nothing is gained by standing at the same place twice.
  const once = isEmptyWidth(part.op) || (isComposite(part) && part.subs.every(({ op }) => isEmptyWidth(op)))
  const min = once ? Math.min(least, 1) : least
  const max = once ? Math.min(most, 1) : most
  if (max === -1) {
    if (min === 0) return repeated('star', part, flags)
    const last = repeated('plus', part, flags)
    return concat([...copies(part, min - 1), last], flags)
  }
  if (max === 0) return node('empty-match', flags)
  if (min === 1 && max === 1) return part
  const head = min > 0 ? concat(copies(part, min), flags) : undefined
  if (max <= min) return head!
  // Nested, so that the later ones are only tried where the earlier ones matched.
  let tail = repeated('quest', part, flags)
  for (let i = min + 1; i < max; i++) tail = repeated('quest', node('concat', flags, [part, tail]), flags)
  return head === undefined ? tail : node('concat', flags, [head, tail])
}

function isComposite({ op }: PatternNode): boolean {
  return op === 'concat' || op === 'alternate'
}

function copies(part: PatternNode, count: number): PatternNode[] {
  return Array.from({ length: count }, () => part)
}
