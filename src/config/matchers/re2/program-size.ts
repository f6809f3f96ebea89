/**
 * How many instructions RE2 has for a pattern in the end. It takes instructions that do nothing out, and then writes each
 * tree of alternatives as a list of what it leads to; trees that several lead to are lists of their own.
 */
import { compileProgram } from './compile-program.ts'
import type { PatternNode } from './pattern-node.ts'
import { concat, node } from './pattern-node.ts'
import type { Instruction, Program } from './program.ts'
import { simplifyPattern } from './simplify-pattern.ts'

/** Undefined: the pattern is too large to be compiled. */
export function programSize(root: PatternNode): number | undefined {
  const program = compileProgram(simplifyPattern(withoutPrefix(root)))
  if (program === undefined) return undefined
  optimize(program)
  return new FlatProgram(program).size
}

/** `^` and a text behind it are compared without the program. */
function withoutPrefix(root: PatternNode): PatternNode {
  if (root.op !== 'concat') return root
  let at = 0
  while (root.subs[at]?.op === 'begin-text') at++
  const text = root.subs[at]
  if (at === 0 || (text?.op !== 'literal' && text?.op !== 'literal-string')) return root
  const rest = root.subs.slice(at + 1)
  return rest.length === 0 ? node('empty-match', root.flags) : concat(rest, root.flags)
}

/** Leaves alone what only the loop in front of the pattern leads to. */
function optimize({ instructions, start }: Program): void {
  const reached = reachable(instructions, start, (instruction) => {
    if ('out' in instruction) instruction.out = pastNops(instructions, instruction.out)
    if (instruction.op === 'alt') instruction.out1 = pastNops(instructions, instruction.out1)
  })
  for (const id of reached) {
    const instruction = instructions[id]!
    if (instruction.op === 'alt') instruction.matches = loopsBeforeMatch(instructions, id, instruction)
  }
}

function reachable(
  instructions: readonly Instruction[],
  start: number,
  visit: (instruction: Instruction) => void,
): ReadonlySet<number> {
  const reached = new Set<number>()
  const add = (id: number) => void (id !== 0 && reached.add(id))
  add(start)
  // Grows while it is looked through.
  for (const id of reached) {
    const instruction = instructions[id]!
    visit(instruction)
    if ('out' in instruction) add(instruction.out)
    if (instruction.op === 'alt') add(instruction.out1)
  }
  return reached
}

function pastNops(instructions: readonly Instruction[], from: number): number {
  let id = from
  for (let at = instructions[id]!; id !== 0 && at.op === 'nop'; at = instructions[id]!) id = at.out
  return id
}

type Alt = Extract<Instruction, { op: 'alt' }>

/** `.*` over any byte at the end of the pattern, greedy or not. */
function loopsBeforeMatch(instructions: readonly Instruction[], id: number, { out, out1 }: Alt): boolean {
  const loops = (at: Instruction) => at.op === 'byte' && at.out === id && at.lo === 0x00 && at.hi === 0xff
  const first = instructions[out]!
  const second = instructions[out1]!
  return (loops(first) && isMatch(instructions, second)) || (isMatch(instructions, first) && loops(second))
}

function isMatch(instructions: readonly Instruction[], from: Instruction): boolean {
  let at = from
  while (at.op === 'capture' || at.op === 'nop') at = instructions[at.out]!
  return at.op === 'match'
}

class FlatProgram {
  readonly #instructions: readonly Instruction[]
  /** Where lists begin. */
  readonly #roots = new Set<number>([0])
  /** Which alternatives lead to an instruction. */
  readonly #from = new Map<number, number[]>()

  constructor({ instructions, start, startUnanchored }: Program) {
    this.#instructions = instructions
    this.#roots.add(startUnanchored)
    this.#roots.add(start)
    this.#markSuccessors(startUnanchored)
    const successors = [...this.#roots].sort((a, b) => b - a)
    for (const root of successors) {
      if (root !== 0 && root !== start && root !== startUnanchored) this.#markDominated(root)
    }
  }

  get size(): number {
    let size = 0
    for (const root of this.#roots) {
      this.#flood(root, (id) => {
        const { op } = this.#instructions[id]!
        // A list that is part of this one takes an instruction to get there.
        if (id !== root && this.#roots.has(id)) size++
        else if (op === 'alt') size += this.#matches(id) ? 1 : 0
        else if (op !== 'nop') size++
      })
    }
    return size
  }

  #matches(id: number): boolean {
    const instruction = this.#instructions[id]!
    return instruction.op === 'alt' && instruction.matches
  }

  #markSuccessors(start: number): void {
    const seen = new Set<number>()
    const waiting = [start]
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (seen.has(id)) continue
      seen.add(id)
      const instruction = this.#instructions[id]!
      switch (instruction.op) {
        case 'alt':
          this.#noteFrom(id, instruction.out)
          this.#noteFrom(id, instruction.out1)
          waiting.push(instruction.out1, instruction.out)
          break
        case 'byte':
        case 'capture':
        case 'empty-width':
          this.#roots.add(instruction.out)
          waiting.push(instruction.out)
          break
        case 'nop':
          waiting.push(instruction.out)
          break
        case 'match':
        case 'fail':
      }
    }
  }

  #noteFrom(alt: number, to: number): void {
    const from = this.#from.get(to)
    if (from === undefined) this.#from.set(to, [alt])
    else from.push(alt)
  }

  /** What is reached from a root, but from elsewhere as well, becomes a root. */
  #markDominated(root: number): void {
    const reached: number[] = []
    this.#flood(root, (id) => void reached.push(id))
    const within = new Set(reached)
    for (const id of reached) {
      if (this.#from.get(id)?.some((alt) => !within.has(alt)) === true) this.#roots.add(id)
    }
  }

  /** From a root to what it leads to without a byte, not past other roots. */
  #flood(root: number, visit: (id: number) => void): void {
    const seen = new Set<number>()
    const waiting = [root]
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (seen.has(id)) continue
      seen.add(id)
      visit(id)
      if (id !== root && this.#roots.has(id)) continue
      const instruction = this.#instructions[id]!
      if (instruction.op === 'alt') waiting.push(instruction.out1, instruction.out)
      else if (instruction.op === 'nop') waiting.push(instruction.out)
    }
  }
}
