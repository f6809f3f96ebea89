/** envoy.type.matcher.v3.StringMatcher as a predicate over wire text (one code unit a byte). */
import type { Reader } from '../../api/config.ts'
import { toWireText } from '../../base/wire-text.ts'
import type { LinearRegex } from './regex.ts'
import { readRegex, readRegexOfAnySize } from './regex-config.ts'

export type StringPredicate = (value: string) => boolean

export function readStringMatcher(reader: Reader): StringPredicate {
  return readMatcher(reader, readRegex, false)
}

/** For what Envoy reads before there is a runtime that could limit it. */
export function readStringMatcherOfAnySize(reader: Reader): StringPredicate {
  return readMatcher(reader, readRegexOfAnySize, true)
}

/** `custom` stays unread and is refused by name: Lua is the one kind that Envoy has. */
function readMatcher(
  reader: Reader,
  readPattern: (reader: Reader) => LinearRegex | undefined,
  isEarly: boolean,
): StringPredicate {
  const ignoreCase = reader.bool('ignore_case', false)
  const fold = (text: string) => (ignoreCase ? toWireText(text).toLowerCase() : toWireText(text))
  switch (reader.oneof('match_pattern')) {
    case 'exact':
      return withCase(ignoreCase, equals(fold(reader.string('exact'))))
    case 'prefix':
      return withCase(ignoreCase, startsWith(fold(reader.string('prefix'))))
    case 'suffix':
      return withCase(ignoreCase, endsWith(fold(reader.string('suffix'))))
    case 'contains':
      return withCase(ignoreCase, includes(fold(reader.string('contains'))))
    case 'safe_regex':
      if (ignoreCase && !isEarly) reader.error('ignore_case', 'NU108', 'ignore_case has no effect for safe_regex.')
      return wholeRegex(reader.message('safe_regex', readPattern))
    default:
      return () => false
  }
}

export function equals(expected: string): StringPredicate {
  return (value) => value === expected
}

export function startsWith(prefix: string): StringPredicate {
  return (value) => value.startsWith(prefix)
}

export function endsWith(suffix: string): StringPredicate {
  return (value) => value.endsWith(suffix)
}

export function includes(part: string): StringPredicate {
  return (value) => value.includes(part)
}

export function wholeRegex(regex: LinearRegex | undefined): StringPredicate {
  return regex === undefined ? () => false : (value) => regex.matchesWhole(value)
}

function withCase(ignoreCase: boolean, predicate: StringPredicate): StringPredicate {
  return ignoreCase ? (value) => predicate(value.toLowerCase()) : predicate
}
