/**
 * More instructions than RE2 has for a pattern, found at a glance: most patterns are far below any limit, and their exact size
 * takes ten times as long to find out.
 */
import type { PatternNode } from './pattern-node.ts'

/** The end, what fails, and the loop in front. */
const AROUND = 5
/** Lists that several lead to take instructions of their own; of thousands of patterns none had a fourth more of them. */
const LISTS = 1.5

export function sizeBound(root: PatternNode): number {
  return (instructionsOf(root) + AROUND) * LISTS
}

function instructionsOf({ op, subs, bytes, set, min, max }: PatternNode): number {
  switch (op) {
    case 'literal':
    case 'literal-string':
      return bytes.length
    case 'class':
      return 2 * set!.ranges().length
    case 'concat':
      return sumOf(subs)
    case 'alternate':
      return sumOf(subs) + subs.length
    case 'capture':
    case 'star':
    case 'plus':
    case 'quest':
      return sumOf(subs) + 2
    case 'repeat':
      return (sumOf(subs) + 2) * (Math.max(min, max, 1) + 1)
    default:
      return 1
  }
}

function sumOf(subs: readonly PatternNode[]): number {
  let sum = 0
  for (let i = 0; i < subs.length; i++) sum += instructionsOf(subs[i]!)
  return sum
}
