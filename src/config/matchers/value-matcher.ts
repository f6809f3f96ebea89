/** envoy.type.matcher.v3.ValueMatcher: a predicate over a metadata value (plain JSON). */
import type { Reader } from '../../api/config.ts'
import { toWireText } from '../../base/wire-text.ts'
import { readStringMatcher } from './string-matcher.ts'

/** `undefined` is a value that is not there. */
export type ValuePredicate = (value: unknown) => boolean

const NEVER: ValuePredicate = () => false

export function readValueMatcher(reader: Reader): ValuePredicate {
  switch (reader.oneof('match_pattern')) {
    case 'null_match':
      reader.message('null_match', (empty) => empty.keep())
      return (value) => value === null
    case 'double_match':
      return reader.message('double_match', readDoubleMatcher) ?? NEVER
    case 'string_match': {
      const matches = reader.message('string_match', readStringMatcher)
      return (value) => typeof value === 'string' && matches?.(toWireText(value)) === true
    }
    case 'bool_match': {
      const expected = reader.bool('bool_match', false)
      return (value) => value === expected
    }
    case 'present_match': {
      // `present_match: false` asks for nothing that a value could be.
      const wanted = reader.bool('present_match', false)
      return (value) => wanted && value !== undefined
    }
    case 'list_match':
      return reader.message('list_match', readListMatcher) ?? NEVER
    case 'or_match': {
      const any = reader.message('or_match', (or) => or.messages('value_matchers', readValueMatcher)) ?? []
      return (value) => any.some((matches) => matches(value))
    }
    default:
      return NEVER
  }
}

function readDoubleMatcher(reader: Reader): ValuePredicate {
  if (reader.oneof('match_pattern') === 'exact') {
    const expected = reader.number('exact', 0)
    return (value) => value === expected
  }
  const range = reader.message('range', (bounds) => ({
    start: bounds.number('start', 0),
    end: bounds.number('end', 0),
  }))
  if (range === undefined) return NEVER
  return (value) => typeof value === 'number' && value >= range.start && value < range.end
}

function readListMatcher(reader: Reader): ValuePredicate {
  const matches = reader.message('one_of', readValueMatcher)
  if (matches === undefined) return NEVER
  return (value) => Array.isArray(value) && value.some((item) => matches(item))
}
