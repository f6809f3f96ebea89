/** envoy.type.matcher.v3.ValueMatcher over plain JSON data. */
import type { Reader } from '../../../api/config.ts'
import { readStringMatcher } from '../../../config/matchers/string-matcher.ts'

export type ValuePredicate = (value: unknown) => boolean

const never: ValuePredicate = () => false

export function readValueMatcher(reader: Reader): ValuePredicate {
  switch (reader.oneof('match_pattern')) {
    case 'null_match':
      reader.message('null_match', () => undefined)
      return (value) => value === null
    case 'double_match':
      return reader.message('double_match', readDoubleMatcher) ?? never
    case 'string_match': {
      const matches = reader.message('string_match', readStringMatcher)
      return matches === undefined ? never : (value) => typeof value === 'string' && matches(value)
    }
    case 'bool_match': {
      const wanted = reader.bool('bool_match', false)
      return (value) => value === wanted
    }
    case 'present_match': {
      const wanted = reader.bool('present_match', false)
      return (value) => (value !== undefined) === wanted
    }
    case 'list_match': {
      const matches = reader.message('list_match', (list) => list.message('one_of', readValueMatcher))
      return matches === undefined ? never : (value) => Array.isArray(value) && value.some(matches)
    }
    case 'or_match': {
      const all = reader.message('or_match', (or) => or.messages('value_matchers', readValueMatcher)) ?? []
      return (value) => all.some((matches) => matches(value))
    }
    default:
      return never
  }
}

function readDoubleMatcher(reader: Reader): ValuePredicate {
  if (reader.oneof('match_pattern') === 'exact') {
    const exact = reader.number('exact', 0)
    return (value) => value === exact
  }
  const range = reader.message('range', (bounds) => ({
    start: bounds.number('start', 0),
    end: bounds.number('end', 0),
  }))
  if (range === undefined) return never
  return (value) => typeof value === 'number' && value >= range.start && value < range.end
}
