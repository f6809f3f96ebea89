/** envoy.type.matcher.v3.MetadataMatcher: a predicate over the dynamic metadata of a stream. */
import type { Reader } from '../../api/config.ts'
import { readValueMatcher } from './value-matcher.ts'

/** Looked up by the name of a filter. */
type Metadata = Pick<ReadonlyMap<string, unknown>, 'get'>

export type MetadataPredicate = (metadata: Metadata | undefined) => boolean

export function readMetadataMatcher(reader: Reader): MetadataPredicate {
  const filter = reader.string('filter')
  const path = reader.messages('path', (segment) => segment.string('key'))
  const matches = reader.message('value', readValueMatcher) ?? (() => false)
  const invert = reader.bool('invert', false)
  return (metadata) => matches(valueAtPath(metadata?.get(filter), path)) !== invert
}

/** `undefined` when a step of the path leads nowhere. */
export function valueAtPath(root: unknown, path: readonly string[]): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value
}
