/** MetadataFilter: a value of the dynamic metadata; where it is not set `match_if_key_not_found` decides. */
import type { Reader } from '../../../api/config.ts'
import type { ValuePredicate } from '../../../config/matchers/value-matcher.ts'
import { readValueMatcher } from '../../../config/matchers/value-matcher.ts'
import type { AccessLogFilterConfig } from './access-log-filter-config.ts'

interface MetadataMatcher {
  readonly namespace: string
  readonly path: readonly string[]
  readonly matches: ValuePredicate
}

export function readMetadataFilter(reader: Reader): AccessLogFilterConfig {
  const matcher = reader.message('matcher', readMetadataMatcher)
  const matchIfNotFound = reader.bool('match_if_key_not_found', true)
  const filter: ReturnType<AccessLogFilterConfig> = {
    evaluate: ({ streamInfo }) => {
      if (matcher === undefined) return matchIfNotFound
      const value = valueAt(streamInfo.dynamicMetadata?.get(matcher.namespace), matcher.path)
      return value === undefined ? matchIfNotFound : matcher.matches(value)
    },
  }
  return () => filter
}

function readMetadataMatcher(reader: Reader): MetadataMatcher {
  reader.ignore('invert', 'Envoy does not look at it in access log filters')
  return {
    namespace: reader.string('filter'),
    path: reader.messages('path', (segment) => segment.string('key')),
    matches: reader.message('value', readValueMatcher) ?? (() => false),
  }
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value
}
