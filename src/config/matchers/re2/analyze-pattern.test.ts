import { describe, expect, test } from 'bun:test'
import { analyzePattern } from './analyze-pattern.ts'

function sizeOf(source: string): number | string | undefined {
  const analysis = analyzePattern(source)
  return analysis.ok ? analysis.programSize() : analysis.message
}

/** What Envoy 1.40 says of each, with its levels at 0 and out of the way. */
const SIZES: readonly (readonly [string, number])[] = [
  ['abc.*', 9],
  ['[^/]+/\\pL{2}', 22],
  ['^/a', 4],
  ['^/foo/bar/.*$', 6],
  ['a|b|c', 5],
  ['(a|b)*c', 8],
  ['(?i)abc', 7],
  ['(?i)ab1|abd', 8],
  ['[0-9a-f]{8}-[0-9a-f]{4}', 29],
  ['(?s).*', 6],
  ['(?s)a.*', 7],
  ['a*a*', 5],
  ['(a*)*', 11],
  ['(a|)+', 9],
  ['x{2,5}', 12],
  ['(?:x{2,5}y)*', 13],
  ['^$', 2],
  ['\\bfoo\\b', 9],
  ['[^\\x00-\\xff]', 1],
  ['a[^\\x00-\\xff]', 1],
  ['abc|abd|acx|b', 10],
  ['(?P<x>a)', 7],
  ['é.*', 8],
  ['[é]', 6],
  ['(?i)é', 6],
  ['(?i)[k-m]', 5],
  ['[[:alpha:]]+', 6],
  ['[[:^alpha:]]', 7],
  ['\\d\\D\\s\\S\\w\\W', 22],
  ['\\pL\\PL\\p{Lu}\\p{Greek}\\P{Greek}', 1],
  ['(?m)^a$', 7],
  ['(^a|b$)', 10],
  ['(^|/)a($|/)', 13],
  ['((((^a))))', 14],
  ['(?<n>a)', 7],
  ['a{,2}', 9],
  ['a{2', 7],
  ['\\x{ff}', 5],
  ['\\101', 5],
  ['\\Qa.b\\E*', 7],
  ['\\C', 5],
  ['(?U)a*', 5],
  ['(?U)(a*)*', 11],
  ['(?:a*)+', 5],
  ['(?:a*)?', 5],
  ['(?:a+)+?', 6],
  ['[\\d\\-x]', 7],
  ['\\pN', 8],
  ['(a)(b)(c)', 13],
  ['(?:a|(?:b|c))|d', 5],
  ['[ab]|[cd]', 5],
  ['a.|b.|.c', 13],
  ['(?s:.)|a', 5],
  ['a|(?s:.)', 5],
  ['ab|ac|ad*', 9],
  ['(?i)k', 5],
  ['(?i)K|l', 5],
  ['[kK]', 5],
  ['[Aa]b', 6],
  ['a(?i)b(?-i)c', 7],
]

const PROBLEMS: readonly (readonly [string, string])[] = [
  ['x**', 'bad repetition operator: **'],
  ['a{2000}', 'invalid repetition size: {2000}'],
  ['(a{100}){11}', 'invalid repetition size: {11}'],
  ['[z-a]', 'invalid character class range: z-a'],
  ['[a', 'missing ]: [a'],
  ['(a', 'missing ): (a'],
  ['a)', 'unexpected ): a)'],
  ['\\', 'trailing \\'],
  ['\\q', 'invalid escape sequence: \\q'],
  ['(?=a)', 'invalid perl operator: (?='],
  ['(?P<n-x>a)', 'invalid named capture group: (?P<n-x>'],
  ['*a', 'no argument for repetition operator: *'],
  ['\\8', 'invalid escape sequence: \\8'],
  ['\\1', 'invalid escape sequence: \\1'],
  ['[[:foo:]]', 'invalid character class range: [:foo:]'],
  ['\\p{Foo}', 'invalid character class range: \\p{Foo}'],
  ['(?z)', 'invalid perl operator: (?z'],
  ['(?i-)', 'invalid perl operator: (?i-)'],
  ['a{1,2}{3}', 'bad repetition operator: {1,2}{3}'],
  ['\\x{100}', 'invalid escape sequence: \\x{100'],
  ['\\xg1', 'invalid escape sequence: \\xg1'],
  ['\\777', 'invalid escape sequence: \\777'],
  ['a**?', 'bad repetition operator: **?'],
  ['a+?*', 'bad repetition operator: +?*'],
  ['[a-\\d]', 'invalid escape sequence: \\d'],
  ['\\p', 'invalid character class range: \\p'],
]

describe("RE2's program", () => {
  test.each(SIZES)('of %p has %p instructions', (source, size) => expect(sizeOf(source)).toBe(size))

  test.each(SIZES)('of %p is bounded', (source, size) => {
    const analysis = analyzePattern(source)
    expect(analysis.ok && analysis.sizeBound).toBeGreaterThanOrEqual(size)
  })

  test('is not made where it does not fit into the memory of a pattern', () => {
    expect(sizeOf('(?:(?:[acegikmo]{100}){10}){1}x{1000}'.repeat(30))).toBe(undefined)
  })
})

test.each(PROBLEMS)('%p is refused: %p', (source, message) => expect(sizeOf(source)).toBe(message))

describe('the text for other engines', () => {
  const texts = (source: string) => {
    const analysis = analyzePattern(source)
    return analysis.ok ? [analysis.text(), analysis.nativeText()] : []
  }

  test('has no switches, and bytes where there were characters', () => {
    expect(texts('(?i)aé.$')).toEqual([
      '[aA]\\xc3\\xa9[\\x00-\\x09\\x0b-\\xff]\\z',
      '[aA]\\xc3\\xa9[\\x00-\\x09\\x0b-\\xff]$',
    ])
  })

  test('keeps captures and counts', () => {
    expect(texts('(?U:(a)b*){2,}(c|d)')[0]).toBe('(?:(a)(?:b)*?){2,}([\\x63-\\x64])')
  })

  test('shares what alternatives begin with', () => {
    expect(texts('abc|abd|e')[0]).toBe('ab[\\x63-\\x64]|e')
  })
})
