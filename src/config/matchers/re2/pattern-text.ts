/** A parsed pattern as text without switches, for engines that know no bytes: what it means is the same in both dialects. */
import type { ByteClass } from './byte-class.ts'
import { otherCase } from './byte-class.ts'
import type { PatternNode } from './pattern-node.ts'
import { FOLD_CASE, isRepeatOp, NON_GREEDY } from './pattern-node.ts'

export type Dialect = 're2js' | 'native'

export function patternText(part: PatternNode, dialect: Dialect): string {
  const text = (sub: PatternNode) => patternText(sub, dialect)
  switch (part.op) {
    case 'empty-match':
      return '(?:)'
    case 'literal':
    case 'literal-string':
      return part.bytes.map((byte) => byteText(byte, (part.flags & FOLD_CASE) !== 0)).join('')
    case 'class':
      return classText(part.set!, dialect)
    case 'any-char':
    case 'any-byte':
      return '[\\x00-\\xff]'
    case 'concat':
      return part.subs.map((sub) => (sub.op === 'alternate' ? `(?:${text(sub)})` : text(sub))).join('')
    case 'alternate':
      return part.subs.map(text).join('|')
    case 'capture':
      return `(${text(part.subs[0]!)})`
    case 'star':
    case 'plus':
    case 'quest':
    case 'repeat':
      return `(?:${text(part.subs[0]!)})${countText(part)}${(part.flags & NON_GREEDY) === 0 ? '' : '?'}`
    case 'begin-text':
      return dialect === 'native' ? '^' : '\\A'
    case 'end-text':
      return dialect === 'native' ? '$' : '\\z'
    case 'begin-line':
      return '(?m:^)'
    case 'end-line':
      return '(?m:$)'
    case 'word':
      return '\\b'
    case 'no-word':
      return '\\B'
    case 'no-match':
    case 'left-paren':
    case 'vertical-bar':
      throw new Error(`a parsed pattern has no ${part.op}`)
  }
}

function countText({ op, min, max }: PatternNode): string {
  if (isRepeatOp(op)) return op === 'star' ? '*' : op === 'plus' ? '+' : '?'
  return max < 0 ? `{${min},}` : `{${min},${max}}`
}

function byteText(byte: number, folds: boolean): string {
  const other = otherCase(byte)
  if (folds && other !== byte) return `[${String.fromCharCode(byte, other)}]`
  const char = String.fromCharCode(byte)
  return /[A-Za-z0-9_/:=,&%~@!;"'<>#` -]/.test(char) ? char : hex(byte)
}

function classText(set: ByteClass, dialect: Dialect): string {
  const ranges = set.ranges()
  if (ranges.length === 0) return dialect === 'native' ? '[]' : '[^\\x00-\\x{10ffff}]'
  return `[${ranges.map(({ lo, hi }) => (lo === hi ? hex(lo) : `${hex(lo)}-${hex(hi)}`)).join('')}]`
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}
