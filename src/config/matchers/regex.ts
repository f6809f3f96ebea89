/**
 * RE2-syntax regular expressions in linear time (envoy.type.matcher.v3.RegexMatcher), over wire text: as in Envoy, a pattern
 * means bytes.
 *
 * Every pattern is parsed as RE2 parses it, so that syntax and refusals are RE2's. `re2js` is the engine in general. A
 * pattern which provably cannot make a backtracking engine work hard runs natively: about thirty times faster, and what
 * most routes use.
 */
import type { RE2JS } from 're2js'
import { toWireText } from '../../base/wire-text.ts'
import type { PatternAnalysis } from './re2/analyze-pattern.ts'

export interface LinearRegex {
  readonly source: string
  /** The whole text matches (Envoy's matchers always mean the whole value). */
  matchesWhole(text: string): boolean
  /** Replaces every match; `substitution` has RE2's `\1` references. */
  replaceAll(text: string, substitution: string): string
}

export type CompiledRegex =
  | {
      readonly ok: true
      readonly regex: LinearRegex
      readonly groupCount: number
      /** How many instructions RE2 has for it; undefined: too many for RE2. */
      programSize(): number | undefined
      /** It has no more than that; found at a glance. */
      readonly sizeBound: number
    }
  | { readonly ok: false; readonly message: string }

export function compileRegex(source: string): CompiledRegex {
  const analysis = analyze(source)
  if (!analysis.ok) return analysis
  const { groupCount, sizeBound } = analysis
  const native = isHarmless(toWireText(source)) ? new RegExp(`^(?:${analysis.nativeText()})$`) : undefined
  const general = native === undefined ? engine(analysis.text()) : undefined
  if (typeof general === 'string') return { ok: false, message: general }
  const matchesWhole = native === undefined ? wholeMatch(general!) : (value: string) => native.test(value)
  let replacing = general
  const replace = (value: string, substitution: string) => {
    // A pattern that was accepted natively has nothing that the engine refuses.
    replacing ??= engine(analysis.text()) as RE2JS
    return replaceAll(replacing, value, substitution)
  }
  return {
    ok: true,
    regex: { source, matchesWhole, replaceAll: replace },
    groupCount,
    programSize: () => analysis.programSize(),
    sizeBound,
  }
}

function wholeMatch(general: RE2JS): (text: string) => boolean {
  return (text) => general.testExact(text)
}

/** Or why it does not take the pattern. */
function engine(text: string): RE2JS | string {
  try {
    return library().RE2JS.compile(text)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function analyze(source: string): PatternAnalysis {
  const { analyzePattern } = require('./re2/analyze-pattern.ts') as typeof import('./re2/analyze-pattern.ts')
  return analyzePattern(source)
}

/** Its tables take five milliseconds of a start, and few patterns need it. */
function library(): typeof import('re2js') {
  return require('re2js') as typeof import('re2js')
}

/**
 * Only literals, character classes, dots, escapes that mean the same in both dialects, groups without a quantifier,
 * and at most one unbounded repetition of a single character or class that leaves a choice where it ends. (`[^/]+/`
 * leaves none: what follows is not in the class.) Anchored at both ends such a pattern has a bounded number of choices
 * per character.
 */
const HARMLESS_TOKEN =
  /^(?:\\[dwDW./\-?*+()[\]{}|^$]|\[\^?(?:[A-Za-z0-9_%~./:,@=&#!$'()+*;|{}?"<> -]|\\[dw.\-/])+\]|[A-Za-z0-9_%~/:,@=&#!; "'<>-]|\.)/
const QUANTIFIER = /^(?:[*+?]|\{\d{1,3}\}|\{\d{1,3},\}|\{\d{1,3},\d{1,3}\})\??/

function isHarmless(source: string): boolean {
  let rest = source
  let unbounded = 0
  while (rest !== '') {
    const opening = /^(?:\((?:\?:)?|\||\^|\$)/.exec(rest)
    if (opening !== null) {
      rest = rest.slice(opening[0].length)
      continue
    }
    if (rest.startsWith(')')) {
      rest = rest.slice(1)
      if (QUANTIFIER.test(rest)) return false
      continue
    }
    const token = HARMLESS_TOKEN.exec(rest)
    if (token === null) return false
    rest = rest.slice(token[0].length)
    const quantifier = QUANTIFIER.exec(rest)
    if (quantifier === null) continue
    rest = rest.slice(quantifier[0].length)
    if (/^[*+]|,\}/.test(quantifier[0]) && !endsForSure(token[0], rest)) unbounded++
    if (/^\{(?:\d{3}|\d+,\d{3})/.test(quantifier[0]) || unbounded > 1) return false
  }
  return true
}

/** The next character is a literal, taken once, that the repeated `token` cannot be. Alternatives are not looked into. */
function endsForSure(token: string, rest: string): boolean {
  if (rest.includes('|')) return false
  const next = /^[()]*(\\?)([^\\[(|)*+?{.^$])(?![*+?{])/.exec(rest.replaceAll('(?:', '('))
  if (next === null || (next[1] !== '' && /[A-Za-z0-9]/.test(next[2]!))) return false
  return !new RegExp(`^(?:${token})$`).test(next[2]!)
}

function replaceAll(engine: RE2JS, text: string, substitution: string): string {
  // RE2 finds this out when the rewrite is applied, and the text stays as it is.
  if (highestGroup(substitution) > engine.groupCount()) return text
  const matcher = engine.matcher(text)
  let out = ''
  let from = 0
  let matched = false
  while (matcher.find()) {
    // Right behind a match, nothing is none.
    if (matched && matcher.end() === from) continue
    matched = true
    out += text.slice(from, matcher.start()) + expand(substitution, (group) => matcher.group(group) ?? '')
    from = matcher.end()
  }
  return out + text.slice(from)
}

/** A backslash that stands before neither a digit nor another one ends the replacement, as in RE2. */
function expand(substitution: string, group: (index: number) => string): string {
  return substitution.replace(/\\(?:([0-9\\])|[^]*)/g, (_, what: string | undefined) =>
    what === undefined ? '' : what === '\\' ? '\\' : group(Number(what)),
  )
}

function highestGroup(substitution: string): number {
  let highest = 0
  for (const [, digit] of substitution.matchAll(/\\([0-9])|\\./g))
    if (digit !== undefined) highest = Math.max(highest, Number(digit))
  return highest
}
