/** envoy.config.metrics.v3.StatsMatcher. */
import type { Reader } from '../api/config.ts'
import type { AcceptsStat } from './stats-matchers.ts'

/** Reads an envoy.type.matcher.v3.StringMatcher. */
export type ReadStringMatcher = (reader: Reader) => (value: string) => boolean

export function readStatsMatcher(reader: Reader, readStringMatcher: ReadStringMatcher): AcceptsStat {
  switch (reader.oneof('stats_matcher')) {
    case 'reject_all': {
      const rejected = reader.bool('reject_all', false)
      return () => !rejected
    }
    case 'exclusion_list': {
      const excluded = readPatterns(reader, 'exclusion_list', readStringMatcher)
      return (name) => !excluded.some((matches) => matches(name))
    }
    case 'inclusion_list': {
      const included = readPatterns(reader, 'inclusion_list', readStringMatcher)
      return (name) => included.some((matches) => matches(name))
    }
    default:
      return () => true
  }
}

function readPatterns(reader: Reader, field: string, readStringMatcher: ReadStringMatcher): readonly AcceptsStat[] {
  return reader.message(field, (list) => list.messages('patterns', readStringMatcher)) ?? []
}
