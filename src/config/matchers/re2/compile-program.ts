/** A simplified pattern as a program of RE2's, for bytes. Undefined: it would be too large. */
import { isUpper } from './byte-class.ts'
import type { PatternNode } from './pattern-node.ts'
import { concat, node, NON_GREEDY } from './pattern-node.ts'
import type { Instruction, Program } from './program.ts'

/** Of the 8 MB that RE2 gives to a pattern two thirds are for this program, at 16 bytes an instruction. */
const MAX_INSTRUCTIONS = Math.floor((8 * 1024 * 1024 * 2) / 3 / 16)

export function compileProgram(simple: PatternNode): Program | undefined {
  const fromStart = withoutAnchor(simple, 'begin-text', 0)
  const anchorless = withoutAnchor(fromStart ?? simple, 'end-text', 0) ?? fromStart ?? simple
  return new ProgramBuilder().build(anchorless, fromStart !== undefined)
}

/** RE2 takes an anchor at the very beginning or end out; it does not look for it deeper than this. */
const ANCHOR_DEPTH = 4

/** Undefined when there is none. */
function withoutAnchor(part: PatternNode, anchor: 'begin-text' | 'end-text', depth: number): PatternNode | undefined {
  if (depth >= ANCHOR_DEPTH) return undefined
  switch (part.op) {
    case 'concat': {
      const at = anchor === 'begin-text' ? 0 : part.subs.length - 1
      const sub = part.subs.length === 0 ? undefined : withoutAnchor(part.subs[at]!, anchor, depth + 1)
      return sub === undefined ? undefined : concat(part.subs.with(at, sub), part.flags)
    }
    case 'capture': {
      const sub = withoutAnchor(part.subs[0]!, anchor, depth + 1)
      return sub === undefined ? undefined : { ...part, subs: [sub] }
    }
    case anchor:
      return node('empty-match', part.flags)
    default:
      return undefined
  }
}

/** An `out` of an instruction that leads nowhere yet. */
interface Loose {
  readonly id: number
  readonly second: boolean
}

interface Fragment {
  /** 0: matches nothing at all. */
  readonly begin: number
  readonly loose: readonly Loose[]
  readonly nullable: boolean
}

const NO_MATCH: Fragment = { begin: 0, loose: [], nullable: false }

class TooLarge extends Error {}

class ProgramBuilder {
  readonly #instructions: Instruction[] = [{ op: 'fail' }]

  build(root: PatternNode, anchoredAtStart: boolean): Program | undefined {
    try {
      const end = { begin: -1, loose: [], nullable: false }
      const body = this.#fragment(root)
      const whole = this.#both(body, { ...end, begin: this.#add({ op: 'match' }) })
      const unanchored = anchoredAtStart ? whole : this.#both(this.#anyBytes(), whole)
      // Nothing can match: no more than the first instruction is kept.
      if (whole.begin === 0 && unanchored.begin === 0)
        return { instructions: [{ op: 'fail' }], start: 0, startUnanchored: 0 }
      return { instructions: this.#instructions, start: whole.begin, startUnanchored: unanchored.begin }
    } catch (error) {
      if (error instanceof TooLarge) return undefined
      throw error
    }
  }

  #add(instruction: Instruction): number {
    if (this.#instructions.length >= MAX_INSTRUCTIONS) throw new TooLarge()
    return this.#instructions.push(instruction) - 1
  }

  #patch(loose: readonly Loose[], target: number): void {
    for (const { id, second } of loose) {
      const instruction = this.#instructions[id]!
      if (instruction.op === 'alt' && second) instruction.out1 = target
      else if (instruction.op !== 'fail' && instruction.op !== 'match') instruction.out = target
    }
  }

  #fragment(part: PatternNode): Fragment {
    switch (part.op) {
      case 'no-match':
        return NO_MATCH
      case 'empty-match':
        return this.#single({ op: 'nop', out: 0 }, true)
      case 'concat':
        return part.subs.map((sub) => this.#fragment(sub)).reduce((a, b) => this.#both(a, b))
      case 'alternate':
        return part.subs.map((sub) => this.#fragment(sub)).reduce((a, b) => this.#either(a, b))
      case 'star':
        return this.#star(this.#fragment(part.subs[0]!), isNonGreedy(part))
      case 'plus':
        return this.#plus(this.#fragment(part.subs[0]!), isNonGreedy(part))
      case 'quest':
        return this.#quest(this.#fragment(part.subs[0]!), isNonGreedy(part))
      case 'literal':
      case 'literal-string':
        return part.bytes.map((byte) => this.#range(byte, byte)).reduce((a, b) => this.#both(a, b))
      case 'any-char':
      case 'any-byte':
        return this.#range(0x00, 0xff)
      case 'class':
        return this.#class(part)
      case 'capture':
        return this.#capture(this.#fragment(part.subs[0]!))
      case 'begin-line':
      case 'end-line':
      case 'begin-text':
      case 'end-text':
      case 'word':
      case 'no-word':
        return this.#single({ op: 'empty-width', out: 0 }, true)
      case 'repeat':
      case 'left-paren':
      case 'vertical-bar':
        throw new Error(`a simplified pattern has no ${part.op}`)
    }
  }

  #single(instruction: Instruction, nullable: boolean): Fragment {
    const id = this.#add(instruction)
    return { begin: id, loose: [{ id, second: false }], nullable }
  }

  #range(lo: number, hi: number): Fragment {
    return this.#single({ op: 'byte', lo, hi, out: 0 }, false)
  }

  #both(a: Fragment, b: Fragment): Fragment {
    if (a.begin === 0 || b.begin === 0) return NO_MATCH
    this.#patch(a.loose, b.begin)
    const alone = a.loose.length === 1 && a.loose[0]!.id === a.begin
    if (alone && this.#instructions[a.begin]!.op === 'nop') return b
    return { begin: a.begin, loose: b.loose, nullable: a.nullable && b.nullable }
  }

  #either(a: Fragment, b: Fragment): Fragment {
    if (a.begin === 0) return b
    if (b.begin === 0) return a
    const id = this.#add({ op: 'alt', out: a.begin, out1: b.begin, matches: false })
    return { begin: id, loose: [...a.loose, ...b.loose], nullable: a.nullable || b.nullable }
  }

  /** An instruction that goes into `a` or past it. */
  #loop(a: Fragment, nonGreedy: boolean): Loose {
    const [out, out1] = nonGreedy ? [0, a.begin] : [a.begin, 0]
    return { id: this.#add({ op: 'alt', out, out1, matches: false }), second: !nonGreedy }
  }

  #plus(a: Fragment, nonGreedy: boolean): Fragment {
    const past = this.#loop(a, nonGreedy)
    this.#patch(a.loose, past.id)
    return { begin: a.begin, loose: [past], nullable: a.nullable }
  }

  /** What may be empty is `(a+)?`, so that the order of preference holds. */
  #star(a: Fragment, nonGreedy: boolean): Fragment {
    if (a.nullable) return this.#quest(this.#plus(a, nonGreedy), nonGreedy)
    const past = this.#loop(a, nonGreedy)
    this.#patch(a.loose, past.id)
    return { begin: past.id, loose: [past], nullable: true }
  }

  #quest(a: Fragment, nonGreedy: boolean): Fragment {
    if (a.begin === 0) return this.#single({ op: 'nop', out: 0 }, true)
    const past = this.#loop(a, nonGreedy)
    return { begin: past.id, loose: [past, ...a.loose], nullable: true }
  }

  #capture(a: Fragment): Fragment {
    if (a.begin === 0) return NO_MATCH
    const open = this.#add({ op: 'capture', out: a.begin })
    const close = this.#add({ op: 'capture', out: 0 })
    this.#patch(a.loose, close)
    return { begin: open, loose: [{ id: close, second: false }], nullable: a.nullable }
  }

  /** Where both cases of each letter are in it, lower case stands for both. */
  #class({ set }: PatternNode): Fragment {
    const folds = set!.foldsCase
    let begin = 0
    const loose: Loose[] = []
    for (const range of set!.ranges()) {
      if (folds && isUpper(range)) continue
      const one = this.#range(range.lo, range.hi)
      loose.push(...one.loose)
      begin = begin === 0 ? one.begin : this.#add({ op: 'alt', out: begin, out1: one.begin, matches: false })
    }
    return { begin, loose, nullable: false }
  }

  #anyBytes(): Fragment {
    return this.#star(this.#range(0x00, 0xff), true)
  }
}

function isNonGreedy({ flags }: PatternNode): boolean {
  return (flags & NON_GREEDY) !== 0
}
