import { endOf, type StatName, tokensText } from './stat-name.ts'
import type { FoundTag, TagExtractor } from './tag-extractor.ts'

/** One token, whatever it is. */
export const ANY = 0
/** The token that is the tag's value. */
export const VALUE = 1
/** As many tokens as the rest allows, at least one, all together the value. */
export const VALUES = 2
/** Any number of tokens. */
export const SOME = 3
/** At least one token. */
export const MORE = 4

export type PathStep =
  | string
  | readonly string[]
  | typeof ANY
  | typeof VALUE
  | typeof VALUES
  | typeof SOME
  | typeof MORE

export interface PathOptions {
  /** A value that does not count. */
  readonly except?: string
  /** What the value must look like. */
  readonly form?: RegExp
  /** How many tokens before the value go away with it. */
  readonly dropBefore?: number
}

/** Takes the tag from names whose tokens follow `steps` from the first to the last. */
export function pathExtractor(tag: string, steps: readonly PathStep[], options: PathOptions = {}): TagExtractor {
  const first = steps[0]
  return {
    tag,
    firstToken: typeof first === 'string' ? first : undefined,
    words: steps.slice(1).flatMap((step) => (typeof step === 'number' ? [] : step)),
    find: (name) => findPath(name, steps, options),
  }
}

interface ValueRange {
  first: number
  last: number
}

function findPath(name: StatName, steps: readonly PathStep[], options: PathOptions): FoundTag | undefined {
  const range: ValueRange = { first: -1, last: -1 }
  if (!follows(name.tokens, 0, steps, 0, range)) return undefined
  const value = tokensText(name, range.first, range.last)
  if (value === options.except || options.form?.test(value) === false) return undefined
  return { value, ...removal(name, range.first - (options.dropBefore ?? 0), range.last) }
}

/** The tokens go with the dot after them, or with the one before where they end the name. */
function removal(name: StatName, first: number, last: number): { start: number; end: number } {
  const start = name.starts[first] ?? 0
  const end = endOf(name, last)
  return end < name.text.length ? { start, end: end + 1 } : { start: Math.max(0, start - 1), end }
}

function follows(
  tokens: readonly string[],
  token: number,
  steps: readonly PathStep[],
  step: number,
  range: ValueRange,
): boolean {
  const wanted = steps[step]
  if (wanted === undefined) return token === tokens.length
  if (wanted === SOME || wanted === MORE || wanted === VALUES) return followsMany(tokens, token, steps, step, range)
  const present = tokens[token]
  if (present === undefined) return false
  if (typeof wanted === 'string' && wanted !== present) return false
  if (typeof wanted === 'object' && !wanted.includes(present)) return false
  if (wanted === VALUE) range.first = range.last = token
  return follows(tokens, token + 1, steps, step + 1, range)
}

function followsMany(
  tokens: readonly string[],
  token: number,
  steps: readonly PathStep[],
  step: number,
  range: ValueRange,
): boolean {
  if (step === steps.length - 1 && steps[step] !== VALUES)
    return tokens.length - token >= (steps[step] === MORE ? 1 : 0)
  for (let taken = steps[step] === SOME ? 0 : 1; token + taken <= tokens.length; taken++) {
    if (!follows(tokens, token + taken, steps, step + 1, range)) continue
    if (steps[step] === VALUES) {
      range.first = token
      range.last = token + taken - 1
    }
    return true
  }
  return false
}
