/* Rules of strings and bytes. Lengths of strings count code points, `_bytes` count UTF-8. */
import type { Rules } from '../schema/schema-types.ts'
import type { Problem } from './problem.ts'

interface StringRules {
  readonly const?: string
  readonly len?: number
  readonly min_len?: number
  readonly max_len?: number
  readonly min_bytes?: number
  readonly max_bytes?: number
  readonly pattern?: string
  readonly prefix?: string
  readonly suffix?: string
  readonly contains?: string
  readonly in?: readonly string[]
  readonly not_in?: readonly string[]
  readonly ignore_empty?: boolean
  readonly well_known_regex?: 'HTTP_HEADER_NAME' | 'HTTP_HEADER_VALUE'
  readonly strict?: boolean
}

export function stringProblem(all: Rules, value: string): Problem | undefined {
  const rules = all as StringRules
  if (rules.ignore_empty === true && value === '') return undefined
  const expected = lengthExpectation(rules, value) ?? contentExpectation(rules, value)
  return expected === undefined ? undefined : { expected, found: JSON.stringify(value.slice(0, 80)) }
}

export function bytesProblem(all: Rules, base64: string): Problem | undefined {
  const rules = all as StringRules
  const length = Buffer.from(base64, 'base64').length
  if (rules.min_len !== undefined && length < rules.min_len)
    return { expected: atLeast(rules.min_len, 'byte'), found: `${length}` }
  if (rules.max_len !== undefined && length > rules.max_len)
    return { expected: atMost(rules.max_len, 'byte'), found: `${length}` }
  return undefined
}

function lengthExpectation(rules: StringRules, value: string): string | undefined {
  const { min_len: minLen, max_len: maxLen, min_bytes: minBytes, max_bytes: maxBytes } = rules
  // Most strings are long enough in every measure.
  if (minLen !== undefined && value.length < minLen * 2 && codePoints(value) < minLen)
    return atLeast(minLen, 'character')
  if (maxLen !== undefined && value.length > maxLen && codePoints(value) > maxLen) return atMost(maxLen, 'character')
  if (minBytes !== undefined && Buffer.byteLength(value) < minBytes) return atLeast(minBytes, 'byte')
  if (maxBytes !== undefined && Buffer.byteLength(value) > maxBytes) return atMost(maxBytes, 'byte')
  return rules.len !== undefined && codePoints(value) !== rules.len ? `${rules.len} characters long` : undefined
}

function contentExpectation(rules: StringRules, value: string): string | undefined {
  if (rules.const !== undefined && value !== rules.const) return JSON.stringify(rules.const)
  if (rules.prefix !== undefined && !value.startsWith(rules.prefix)) return `a text that starts with "${rules.prefix}"`
  if (rules.suffix !== undefined && !value.endsWith(rules.suffix)) return `a text that ends with "${rules.suffix}"`
  if (rules.contains !== undefined && !value.includes(rules.contains)) return `a text with "${rules.contains}" in it`
  if (rules.in?.includes(value) === false) return `one of ${rules.in.join(', ')}`
  if (rules.not_in?.includes(value) === true) return `none of ${rules.not_in.join(', ')}`
  if (rules.pattern !== undefined && !new RegExp(rules.pattern, 'u').test(value))
    return `a text that matches ${rules.pattern}`
  return rules.well_known_regex === undefined ? undefined : headerExpectation(rules, value)
}

function headerExpectation(rules: StringRules, value: string): string | undefined {
  const what = rules.well_known_regex === 'HTTP_HEADER_NAME' ? 'a header name' : 'a header value'
  if (rules.strict === false) return isLoose(value) ? undefined : `${what} without line breaks`
  if (rules.well_known_regex === 'HTTP_HEADER_NAME') {
    return /^:?[0-9a-zA-Z!#$%&'*+\-.^_|~`]+$/.test(value) ? undefined : 'a legal header name'
  }
  // eslint-disable-next-line no-control-regex -- the rule is about control characters
  return /^[^\0-\x08\n-\x1f\x7f]*$/.test(value) ? undefined : 'a header value without control characters'
}

function isLoose(value: string): boolean {
  return !value.includes('\n') && !value.includes('\r') && !value.includes('\0')
}

function codePoints(value: string): number {
  let count = 0
  for (const _ of value) count++
  return count
}

function atLeast(number: number, unit: string): string {
  return `at least ${number} ${unit}${number === 1 ? '' : 's'} long`
}

function atMost(number: number, unit: string): string {
  return `at most ${number} ${unit}${number === 1 ? '' : 's'} long`
}
