/** What the parser has read so far: operands between marks, put together when a mark or the end comes. */
import { ByteClass, CASE_STEP, otherCase } from './byte-class.ts'
import { factorAlternatives } from './factor-alternatives.ts'
import { problem } from './pattern-problem.ts'
import type { NodeOp, PatternNode, RepeatOp } from './pattern-node.ts'
import {
  alternate,
  classNode,
  concat,
  FOLD_CASE,
  isRepeatOp,
  literal,
  node,
  NON_GREEDY,
  ONE_LINE,
} from './pattern-node.ts'

const MAX_COPIES = 1000

export class PatternStack {
  /** The pattern as it was written, for complaints. */
  readonly #whole: string
  readonly #nodes: PatternNode[] = []
  #captures = 0
  /** The switches that hold here. */
  flags = ONE_LINE

  constructor(whole: string) {
    this.#whole = whole
  }

  get captures(): number {
    return this.#captures
  }

  push(pushed: PatternNode): void {
    this.#joinStrings(undefined)
    this.#nodes.push(asLiteral(pushed, this.flags))
  }

  pushOp(op: NodeOp, moreFlags = 0): void {
    this.push(node(op, this.flags | moreFlags))
  }

  pushClass(set: ByteClass): void {
    this.push({ ...classNode(set, this.flags & ~FOLD_CASE), fresh: true })
  }

  pushLiteral(byte: number): void {
    const other = otherCase(byte)
    if ((this.flags & FOLD_CASE) !== 0 && other !== byte) {
      const both = new ByteClass()
      both.add(byte, byte)
      both.add(other, other)
      this.pushClass(both)
    } else if (!this.#joinStrings(byte)) this.push(literal([byte], this.flags))
  }

  /** `text` is the operator as it was written. */
  pushRepeat(op: RepeatOp, text: string, nonGreedy: boolean): void {
    const top = this.#operand(text)
    const flags = nonGreedy ? this.flags ^ NON_GREEDY : this.flags
    if (isRepeatOp(top.op) && top.flags === flags) {
      if (top.op !== op) top.op = 'star'
      return
    }
    this.#nodes[this.#nodes.length - 1] = node(op, flags, [finished(top)])
  }

  /** A `max` of -1 is without end. */
  pushRepetition(min: number, max: number, text: string, nonGreedy: boolean): void {
    if ((max !== -1 && max < min) || min > MAX_COPIES || max > MAX_COPIES)
      throw problem('invalid repetition size', text)
    const top = this.#operand(text)
    const flags = nonGreedy ? this.flags ^ NON_GREEDY : this.flags
    const repeat = { ...node('repeat', flags, [finished(top)]), min, max }
    this.#nodes[this.#nodes.length - 1] = repeat
    if ((min >= 2 || max >= 2) && copiesLeft(repeat, MAX_COPIES) === 0) throw problem('invalid repetition size', text)
  }

  #operand(text: string): PatternNode {
    const top = this.#nodes.at(-1)
    if (top === undefined || isMarker(top.op)) throw problem('no argument for repetition operator', text)
    return top
  }

  openCapture(name: string): void {
    this.push({ ...node('left-paren', this.flags), capture: ++this.#captures, name })
  }

  openGroup(): void {
    this.push({ ...node('left-paren', this.flags), capture: -1 })
  }

  close(): void {
    this.#endAlternation()
    const inside = this.#nodes.at(-1)
    const paren = this.#nodes.at(-2)
    if (inside === undefined || paren?.op !== 'left-paren') throw problem('unexpected )', this.#whole)
    this.#nodes.length -= 2
    this.flags = paren.flags
    if (paren.capture < 0) this.push(inside)
    else this.push({ ...paren, op: 'capture', subs: [finished(inside)] })
  }

  verticalBar(): void {
    this.#joinStrings(undefined)
    this.#endConcatenation()
    const above = this.#nodes.at(-1)!
    const bar = this.#nodes.at(-2)
    if (bar?.op !== 'vertical-bar') {
      this.pushOp('vertical-bar')
      return
    }
    // Alternatives pile up below the one bar.
    const below = this.#nodes.at(-3)
    this.#nodes.length -= 2
    if (below?.op === 'any-char' && isOneChar(above.op)) this.#nodes.push(bar)
    else if (above.op === 'any-char' && below !== undefined && isOneChar(below.op)) {
      this.#nodes[this.#nodes.length - 1] = above
      this.#nodes.push(bar)
    } else this.#nodes.push(above, bar)
  }

  finish(): PatternNode {
    this.#endAlternation()
    if (this.#nodes.length !== 1) throw problem('missing )', this.#whole)
    return finished(this.#nodes[0]!)
  }

  #endConcatenation(): void {
    const top = this.#nodes.at(-1)
    if (top === undefined || isMarker(top.op)) this.push(node('empty-match', this.flags))
    this.#collapse('concat')
  }

  #endAlternation(): void {
    this.verticalBar()
    this.#nodes.pop()
    this.#collapse('alternate')
  }

  /** Puts together what is above the last mark. */
  #collapse(op: 'concat' | 'alternate'): void {
    let start = this.#nodes.length
    while (start > 0 && !isMarker(this.#nodes[start - 1]!.op)) start--
    if (this.#nodes.length - start < 2) return
    const subs = this.#nodes.splice(start).flatMap((each) => (each.op === op ? each.subs : [finished(each)]))
    if (op === 'concat') this.#nodes.push(concat(subs, this.flags))
    else this.#nodes.push(alternate(factorAlternatives(subs, this.flags), this.flags))
  }

  /**
   * Joins the two uppermost where both are literals, and takes `byte` in place of the upper one; true when it did. Called
   * before something is pushed, so that what a repetition may still take is left alone.
   */
  #joinStrings(byte: number | undefined): boolean {
    const upper = this.#nodes.at(-1)
    const lower = this.#nodes.at(-2)
    if (upper === undefined || lower === undefined || !isString(upper.op) || !isString(lower.op)) return false
    if (((upper.flags ^ lower.flags) & FOLD_CASE) !== 0) return false
    lower.op = 'literal-string'
    lower.bytes.push(...upper.bytes)
    this.#nodes.pop()
    if (byte === undefined) return false
    this.#nodes.push(literal([byte], this.flags))
    return true
  }
}

/** A class of one byte, or of both cases of a letter, is a literal. */
function asLiteral(pushed: PatternNode, flags: number): PatternNode {
  const { op, fresh, set } = pushed
  if (op !== 'class' || !fresh || set === undefined) return pushed
  const first = set.first
  if (set.size === 1) return literal([first], flags)
  const lower = first + CASE_STEP
  if (set.size === 2 && otherCase(first) === lower && set.has(lower)) return literal([lower], flags | FOLD_CASE)
  return pushed
}

function finished(done: PatternNode): PatternNode {
  done.fresh = false
  return done
}

function isMarker(op: NodeOp): boolean {
  return op === 'left-paren' || op === 'vertical-bar'
}

function isString(op: NodeOp): boolean {
  return op === 'literal' || op === 'literal-string'
}

/** What any character stands for as well. */
function isOneChar(op: NodeOp): boolean {
  return op === 'literal' || op === 'class' || op === 'any-char'
}

/** How many copies are left of so many, when repetitions within repetitions take theirs. */
function copiesLeft(part: PatternNode, copies: number): number {
  const times = part.op !== 'repeat' ? 1 : part.max < 0 ? part.min : part.max
  const left = times > 0 ? Math.floor(copies / times) : copies
  return part.subs.reduce((least, sub) => Math.min(least, copiesLeft(sub, left)), left)
}
