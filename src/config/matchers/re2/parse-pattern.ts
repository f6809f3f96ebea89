/** RE2's syntax, for bytes. Throws a PatternProblem in RE2's words. */
import { fromWireText } from '../../../base/wire-text.ts'
import { ByteClass } from './byte-class.ts'
import { addPerlGroup, addPosixGroup, addUnicodeGroup } from './group-tables.ts'
import { problem } from './pattern-problem.ts'
import type { PatternNode } from './pattern-node.ts'
import { DOT_MATCHES_NEWLINE, FOLD_CASE, NON_GREEDY, ONE_LINE, WAS_DOLLAR } from './pattern-node.ts'
import { PatternStack } from './pattern-stack.ts'

export interface ParsedPattern {
  readonly root: PatternNode
  readonly captures: number
}

/** `source` is wire text: one code unit a byte. */
export function parsePattern(source: string): ParsedPattern {
  return new PatternParser(source).parse()
}

const NEWLINE = 0x0a
const REPEATS = { '*': 'star', '+': 'plus', '?': 'quest' } as const
const REPETITION = /\{(0|[1-9]\d{0,8})(?:(,)(0|[1-9]\d{0,8})?)?\}/y
const CLASS_NAME = /\[:((?:(?!:\]).)*):\]/sy

class PatternParser {
  readonly #text: string
  readonly #stack: PatternStack
  #at = 0

  constructor(source: string) {
    this.#text = source
    this.#stack = new PatternStack(fromWireText(source))
  }

  parse(): ParsedPattern {
    /** Where the repetition began that was read last, if nothing came since. */
    let repetition: number | undefined
    while (this.#at < this.#text.length) {
      const start = this.#at
      repetition = this.#piece(repetition) ? start : undefined
    }
    return { root: this.#stack.finish(), captures: this.#stack.captures }
  }

  /** True when it was a repetition; one may not follow another. */
  #piece(repetition: number | undefined): boolean {
    const stack = this.#stack
    const char = this.#text[this.#at]!
    switch (char) {
      case '(':
        if (this.#text[this.#at + 1] === '?') this.#groupWithFlags()
        else {
          stack.openCapture('')
          this.#at++
        }
        return false
      case '|':
        stack.verticalBar()
        break
      case ')':
        stack.close()
        break
      case '^':
        stack.pushOp((stack.flags & ONE_LINE) !== 0 ? 'begin-text' : 'begin-line')
        break
      case '$':
        if ((stack.flags & ONE_LINE) !== 0) stack.pushOp('end-text', WAS_DOLLAR)
        else stack.pushOp('end-line')
        break
      case '.':
        this.#dot()
        break
      case '[':
        stack.pushClass(this.#class())
        return false
      case '*':
      case '+':
      case '?':
        this.#repeat(REPEATS[char], repetition)
        return true
      case '{':
        return this.#repetition(repetition)
      case '\\':
        this.#backslash()
        return false
      default:
        stack.pushLiteral(char.charCodeAt(0))
    }
    this.#at++
    return false
  }

  #dot(): void {
    if ((this.#stack.flags & DOT_MATCHES_NEWLINE) !== 0) {
      this.#stack.pushOp('any-char')
      return
    }
    const set = new ByteClass()
    set.add(NEWLINE, NEWLINE)
    set.negate()
    this.#stack.pushClass(set)
  }

  #repeat(op: 'star' | 'plus' | 'quest', repetition: number | undefined): void {
    const start = this.#at++
    const nonGreedy = this.#takeQuestionMark(repetition)
    this.#stack.pushRepeat(op, this.#text.slice(start, this.#at), nonGreedy)
  }

  /** What is no count is text. */
  #repetition(repetition: number | undefined): boolean {
    REPETITION.lastIndex = this.#at
    const match = REPETITION.exec(this.#text)
    if (match === null) {
      this.#stack.pushLiteral(this.#text.charCodeAt(this.#at++))
      return false
    }
    const start = this.#at
    this.#at += match[0].length
    const nonGreedy = this.#takeQuestionMark(repetition)
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === undefined ? -1 : Number(match[3])
    this.#stack.pushRepetition(min, max, this.#text.slice(start, this.#at), nonGreedy)
    return true
  }

  #takeQuestionMark(repetition: number | undefined): boolean {
    const nonGreedy = this.#text[this.#at] === '?'
    if (nonGreedy) this.#at++
    if (repetition !== undefined) throw problem('bad repetition operator', this.#text.slice(repetition, this.#at))
    return nonGreedy
  }

  #backslash(): void {
    const stack = this.#stack
    const letter = this.#text[this.#at + 1]
    switch (letter) {
      case 'b':
        return this.#takeOp('word')
      case 'B':
        return this.#takeOp('no-word')
      case 'A':
        return this.#takeOp('begin-text')
      case 'z':
        return this.#takeOp('end-text')
      case 'C':
        return this.#takeOp('any-byte')
      case 'Q':
        return this.#quoted()
      default: {
        const set = new ByteClass()
        if (this.#namedGroup(set)) stack.pushClass(set)
        else stack.pushLiteral(this.#escape())
      }
    }
  }

  #takeOp(op: 'word' | 'no-word' | 'begin-text' | 'end-text' | 'any-byte'): void {
    this.#stack.pushOp(op)
    this.#at += 2
  }

  /** `\Q…\E`, or to the end. */
  #quoted(): void {
    const start = this.#at + 2
    const found = this.#text.indexOf('\\E', start)
    const end = found < 0 ? this.#text.length : found
    for (let i = start; i < end; i++) this.#stack.pushLiteral(this.#text.charCodeAt(i))
    this.#at = found < 0 ? end : end + 2
  }

  get #folds(): boolean {
    return (this.#stack.flags & FOLD_CASE) !== 0
  }

  /** `\d` or `\p{…}` at this place; false when there is none. */
  #namedGroup(set: ByteClass): boolean {
    const letter = this.#text[this.#at + 1]
    if (letter === undefined) return false
    if (letter === 'p' || letter === 'P') {
      this.#unicodeGroup(set)
      return true
    }
    if (!addPerlGroup(set, letter, this.#folds)) return false
    this.#at += 2
    return true
  }

  #unicodeGroup(set: ByteClass): void {
    const start = this.#at
    const nameStart = start + 2
    let end = nameStart + 1
    let name = this.#text.slice(nameStart, end)
    if (name === '{') {
      const closing = this.#text.indexOf('}', nameStart)
      if (closing < 0) throw problem('invalid character class range', this.#text.slice(start))
      name = this.#text.slice(nameStart + 1, closing)
      end = closing + 1
    }
    const inverse = name.startsWith('^')
    const negated = (this.#text[start + 1] === 'P') !== inverse
    if (!addUnicodeGroup(set, inverse ? name.slice(1) : name, negated, this.#folds)) {
      throw problem('invalid character class range', this.#text.slice(start, end))
    }
    this.#at = end
  }

  /** From `[` to `]`. */
  #class(): ByteClass {
    const start = this.#at++
    const set = new ByteClass()
    const negated = this.#text[this.#at] === '^'
    if (negated) this.#at++
    for (let first = true; first || this.#text[this.#at] !== ']'; first = false) {
      if (this.#at >= this.#text.length) throw problem('missing ]', this.#text.slice(start))
      if (this.#className(set)) continue
      if (this.#text[this.#at] === '\\' && this.#namedGroup(set)) continue
      this.#classRange(set, start)
    }
    this.#at++
    if (negated) set.negate()
    return set
  }

  /** `[:alpha:]`; what has no end is text. */
  #className(set: ByteClass): boolean {
    CLASS_NAME.lastIndex = this.#at
    const match = CLASS_NAME.exec(this.#text)
    if (match === null) return false
    if (!addPosixGroup(set, match[1]!, this.#folds)) throw problem('invalid character class range', match[0])
    this.#at += match[0].length
    return true
  }

  #classRange(set: ByteClass, classStart: number): void {
    const start = this.#at
    const lo = this.#classByte(classStart)
    let hi = lo
    const next = this.#text[this.#at + 1]
    if (this.#text[this.#at] === '-' && next !== undefined && next !== ']') {
      this.#at++
      hi = this.#classByte(classStart)
      if (hi < lo) throw problem('invalid character class range', this.#text.slice(start, this.#at))
    }
    if (this.#folds) set.addFolded(lo, hi)
    else set.add(lo, hi)
  }

  #classByte(classStart: number): number {
    if (this.#at >= this.#text.length) throw problem('missing ]', this.#text.slice(classStart))
    return this.#text[this.#at] === '\\' ? this.#escape() : this.#text.charCodeAt(this.#at++)
  }

  #escape(): number {
    const start = this.#at
    const letter = this.#text[start + 1]
    if (letter === undefined) throw problem('trailing \\', '')
    this.#at += 2
    const control = CONTROLS[letter]
    if (control !== undefined) return control
    if (/[0-7]/.test(letter)) return this.#octal(start)
    if (letter === 'x') return this.#hex(start)
    if (letter.charCodeAt(0) < 0x80 && !/[A-Za-z0-9]/.test(letter)) return letter.charCodeAt(0)
    throw problem('invalid escape sequence', this.#text.slice(start, this.#at))
  }

  /** One digit other than 0 alone would refer back to a capture, which RE2 does not have. */
  #octal(start: number): number {
    const digits = /^\\[0-7]{1,3}/.exec(this.#text.slice(start))![0]
    const code = Number.parseInt(digits.slice(1), 8)
    const reference = digits.length === 2 && digits !== '\\0'
    this.#at = start + digits.length
    if (reference || code > 0xff) throw problem('invalid escape sequence', this.#text.slice(start, this.#at))
    return code
  }

  #hex(start: number): number {
    const rest = this.#text.slice(start)
    const match = /^\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/.exec(rest)
    const code = match === null ? Number.NaN : Number.parseInt(match[1] ?? match[2]!, 16)
    if (code <= 0xff) {
      this.#at = start + match![0].length
      return code
    }
    throw problem('invalid escape sequence', wrongHex(rest))
  }

  /** `(?` and what follows: switches, a group, or a named capture. */
  #groupWithFlags(): void {
    const rest = this.#text.slice(this.#at)
    const around = /^\(\?(?:[=!].|<[=!].)/s.exec(rest)
    if (around !== null) throw problem('invalid perl operator', around[0].slice(0, -1))
    const named = /^\(\?P?</.exec(rest)
    if (named !== null && rest.length > named[0].length) {
      this.#namedCapture(rest, named[0].length)
      return
    }
    this.#switches()
  }

  #namedCapture(rest: string, nameStart: number): void {
    const end = rest.indexOf('>', nameStart)
    if (end < 0) throw problem('invalid named capture group', rest)
    const name = rest.slice(nameStart, end)
    if (!/^[\p{L}\p{Nd}\p{Pc}]+$/u.test(name)) throw problem('invalid named capture group', rest.slice(0, end + 1))
    this.#stack.openCapture(name)
    this.#at += end + 1
  }

  #switches(): void {
    const start = this.#at
    let flags = this.#stack.flags
    let negated = false
    let seen = false
    for (this.#at += 2; ;) {
      const letter = this.#text[this.#at++]
      const flag = letter === undefined ? undefined : SWITCHES[letter]
      if (flag !== undefined) {
        seen = true
        // `m` is the one that switches off.
        flags = negated !== (letter === 'm') ? flags & ~flag : flags | flag
      } else if (letter === '-' && !negated) {
        negated = true
        seen = false
      } else if ((letter === ':' || letter === ')') && (seen || !negated)) {
        if (letter === ':') this.#stack.openGroup()
        this.#stack.flags = flags
        return
      } else throw problem('invalid perl operator', this.#text.slice(start, this.#at))
    }
  }
}

const SWITCHES: Readonly<Record<string, number>> = { i: FOLD_CASE, m: ONE_LINE, s: DOT_MATCHES_NEWLINE, U: NON_GREEDY }

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }

/** How much of `\x…` RE2 had read when it gave up. */
function wrongHex(rest: string): string {
  if (rest[2] !== '{') return rest.slice(0, 4)
  let code = 0
  for (let i = 3; i < rest.length; i++) {
    if (!/[0-9a-fA-F]/.test(rest[i]!)) return rest.slice(0, i + 1)
    code = code * 16 + Number.parseInt(rest[i]!, 16)
    if (code > 0xff) return rest.slice(0, i + 1)
  }
  return rest
}
