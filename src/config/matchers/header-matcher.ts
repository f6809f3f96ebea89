/**
 * envoy.config.route.v3.HeaderMatcher as a predicate over a header map.
 *
 * Repeated headers are matched value by value: one value that matches is enough, and with `invert_match` one that
 * matches is enough to fail. A header that is absent matches nothing, not even inverted, except for the presence
 * test and where it is to be treated as empty.
 */
import type { Reader } from '../../api/config.ts'
import type { HeaderMap } from '../../api/headers.ts'
import { toWireText } from '../../base/wire-text.ts'
import { readRegex } from './regex-config.ts'
import type { StringPredicate } from './string-matcher.ts'
import { endsWith, equals, includes, readStringMatcher, startsWith, wholeRegex } from './string-matcher.ts'

/** What a matcher asks of headers. */
export type MatchableHeaders = Pick<HeaderMap, 'get' | 'getAll' | 'has'>
export type HeaderPredicate = (headers: MatchableHeaders) => boolean

export function readHeaderMatcher(reader: Reader): HeaderPredicate {
  const name = reader.string('name').toLowerCase()
  const invert = reader.bool('invert_match', false)
  const missingAsEmpty = reader.bool('treat_missing_header_as_empty', false)
  const kind = reader.oneof('header_match_specifier')
  if (kind === undefined || kind === 'present_match') {
    const wanted = kind === undefined ? true : reader.bool('present_match', false)
    const expected = wanted !== invert
    return missingAsEmpty ? () => expected : (headers) => headers.has(name) === expected
  }
  const matches = readValuePredicate(reader, kind)
  return (headers) => {
    const first = headers.get(name)
    if (first === undefined) return missingAsEmpty ? matches('') !== invert : false
    if (matches(first)) return !invert
    return anyOther(headers.getAll(name), matches) !== invert
  }
}

function anyOther(values: readonly string[], matches: StringPredicate): boolean {
  for (let i = 1; i < values.length; i++) {
    if (matches(values[i]!)) return true
  }
  return false
}

function readValuePredicate(reader: Reader, kind: string): StringPredicate {
  switch (kind) {
    case 'exact_match':
      return equalsUnlessEmpty(toWireText(reader.string('exact_match')))
    case 'prefix_match':
      return startsWith(toWireText(reader.string('prefix_match')))
    case 'suffix_match':
      return endsWith(toWireText(reader.string('suffix_match')))
    case 'contains_match':
      return includes(toWireText(reader.string('contains_match')))
    case 'safe_regex_match':
      return wholeRegex(reader.message('safe_regex_match', readRegex))
    case 'string_match':
      return reader.message('string_match', readStringMatcher) ?? (() => false)
    case 'range_match':
      return reader.message('range_match', readRange) ?? (() => false)
    default:
      return () => false
  }
}

/** An empty `exact_match` takes any value; an empty `exact` of a `string_match` does not. */
function equalsUnlessEmpty(text: string): StringPredicate {
  return text === '' ? () => true : equals(text)
}

const INTEGER = /^[+-]?\d{1,19}$/

/** envoy.type.v3.Int64Range: start included, end not. */
function readRange(reader: Reader): StringPredicate {
  const start = reader.bigint('start', 0n)
  const end = reader.bigint('end', 0n)
  return (value) => {
    const text = value.trim()
    if (!INTEGER.test(text)) return false
    const number = BigInt(text.startsWith('+') ? text.slice(1) : text)
    return number >= start && number < end
  }
}
