/** envoy.config.route.v3.QueryParameterMatcher as a predicate over the parameters of a request. */
import type { Reader } from '../../api/config.ts'
import { toWireText } from '../../base/wire-text.ts'
import { readStringMatcher } from './string-matcher.ts'

/** Names and values as received: nothing is percent-decoded. Of a repeated name the first value. */
export type QueryPredicate = (query: ReadonlyMap<string, string>) => boolean

export function readQueryParameterMatcher(reader: Reader): QueryPredicate {
  const name = toWireText(reader.string('name'))
  const matches = reader.message('string_match', readStringMatcher)
  if (matches === undefined) {
    const wanted = reader.bool('present_match', true)
    return (query) => query.has(name) === wanted
  }
  return (query) => {
    const value = query.get(name)
    return value !== undefined && matches(value)
  }
}
