/**
 * A pattern of RE2 as a tree. Envoy compiles patterns for bytes (Latin-1), so that a character here is a byte.
 *
 * Nodes are changed in place by the parser alone; whoever comes later makes new ones.
 */
import type { ByteClass } from './byte-class.ts'

/** The switches that a pattern can set, as bits; RE2's other switches are the same for every node. */
export const FOLD_CASE = 1
export const DOT_MATCHES_NEWLINE = 2
export const ONE_LINE = 4
export const NON_GREEDY = 8
/** Of an end of text: it was written as `$`. */
export const WAS_DOLLAR = 16

export type RepeatOp = 'star' | 'plus' | 'quest'
export type EmptyWidthOp = 'begin-line' | 'end-line' | 'word' | 'no-word' | 'begin-text' | 'end-text'
/** Marks on the parser's stack. */
export type MarkerOp = 'left-paren' | 'vertical-bar'

export type NodeOp =
  | 'no-match'
  | 'empty-match'
  | 'literal'
  | 'literal-string'
  | 'concat'
  | 'alternate'
  | 'repeat'
  | 'capture'
  | 'any-char'
  | 'any-byte'
  | 'class'
  | RepeatOp
  | EmptyWidthOp
  | MarkerOp

export interface PatternNode {
  op: NodeOp
  flags: number
  /** Of operators, else empty. */
  subs: PatternNode[]
  /** The bytes of a literal (one) or of a literal string. */
  bytes: number[]
  /** Of a class. */
  set: ByteClass | undefined
  /** A class as it was written, which may still turn out to be a literal. */
  fresh: boolean
  /** Of a repeat; a `max` of -1 is without end. */
  min: number
  max: number
  /** The number of a capture; of a left parenthesis -1: it captures nothing. */
  capture: number
  /** Of a capture; '' without. */
  name: string
}

export function node(op: NodeOp, flags: number, subs: PatternNode[] = []): PatternNode {
  return { op, flags, subs, bytes: [], set: undefined, fresh: false, min: 0, max: 0, capture: 0, name: '' }
}

export function literal(bytes: readonly number[], flags: number): PatternNode {
  const op = bytes.length === 0 ? 'empty-match' : bytes.length === 1 ? 'literal' : 'literal-string'
  return { ...node(op, flags), bytes: [...bytes] }
}

export function classNode(set: ByteClass, flags: number): PatternNode {
  return { ...node('class', flags), set }
}

/** One alone is itself. */
export function concat(subs: PatternNode[], flags: number): PatternNode {
  return subs.length === 1 ? subs[0]! : node(subs.length === 0 ? 'empty-match' : 'concat', flags, subs)
}

export function alternate(subs: PatternNode[], flags: number): PatternNode {
  return subs.length === 1 ? subs[0]! : node(subs.length === 0 ? 'no-match' : 'alternate', flags, subs)
}

/** A repetition of a repetition is one where the switches are the same. */
export function repeated(op: RepeatOp, sub: PatternNode, flags: number): PatternNode {
  if (isRepeatOp(sub.op) && sub.flags === flags) {
    return sub.op === op || sub.op === 'star' ? sub : node('star', flags, [sub.subs[0]!])
  }
  return node(op, flags, [sub])
}

export function isRepeatOp(op: NodeOp): op is RepeatOp {
  return op === 'star' || op === 'plus' || op === 'quest'
}

export function isEmptyWidth(op: NodeOp): op is EmptyWidthOp {
  return EMPTY_WIDTH.has(op)
}

/** One byte of some kind; RE2 puts runs of these together. */
export function isOneByte(op: NodeOp): boolean {
  return op === 'literal' || op === 'class' || op === 'any-char' || op === 'any-byte'
}

const EMPTY_WIDTH: ReadonlySet<NodeOp> = new Set<NodeOp>([
  'begin-line',
  'end-line',
  'word',
  'no-word',
  'begin-text',
  'end-text',
])

export function equalNodes(a: PatternNode, b: PatternNode): boolean {
  if (a.op !== b.op || a.subs.length !== b.subs.length || !equalTops(a, b)) return false
  return a.subs.every((sub, i) => equalNodes(sub, b.subs[i]!))
}

function equalTops(a: PatternNode, b: PatternNode): boolean {
  const differ = a.flags ^ b.flags
  switch (a.op) {
    case 'end-text':
      return (differ & WAS_DOLLAR) === 0
    case 'literal':
    case 'literal-string':
      return (
        (differ & FOLD_CASE) === 0 && a.bytes.length === b.bytes.length && a.bytes.every((x, i) => x === b.bytes[i])
      )
    case 'star':
    case 'plus':
    case 'quest':
      return (differ & NON_GREEDY) === 0
    case 'repeat':
      return (differ & NON_GREEDY) === 0 && a.min === b.min && a.max === b.max
    case 'capture':
      return a.capture === b.capture && a.name === b.name
    case 'class':
      return a.set!.equals(b.set!)
    default:
      return true
  }
}
