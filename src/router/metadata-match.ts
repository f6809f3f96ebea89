/**
 * What a route (and the request, by dynamic metadata) asks of the hosts of its cluster: the members of `envoy.lb`, which
 * balancers with subsets choose by. The more specific word wins, member by member.
 */
import type { Reader } from '../api/config.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { valueAtPath } from '../config/matchers/metadata-matcher.ts'

export type MetadataMatch = Readonly<Record<string, unknown>>

const NAMESPACE = 'envoy.lb'

/** Of `metadata_match`; undefined when it asks for nothing. */
export function readMetadataMatch(reader: Reader): MetadataMatch | undefined {
  const metadata = reader.message('metadata_match', (message) => message.struct('filter_metadata'))
  const members = metadata?.[NAMESPACE]
  return isMembers(members) && Object.keys(members).length > 0 ? members : undefined
}

export function mergeMetadataMatch(
  general: MetadataMatch | undefined,
  specific: MetadataMatch | undefined,
): MetadataMatch | undefined {
  if (general === undefined || specific === undefined) return specific ?? general
  return { ...general, ...specific }
}

/** `route` with what filters left in the request's dynamic metadata. */
export function requestMetadataMatch(
  route: MetadataMatch | undefined,
  streamInfo: StreamInfo,
): MetadataMatch | undefined {
  return mergeMetadataMatch(route, streamInfo.dynamicMetadata?.get(NAMESPACE))
}

function isMembers(value: unknown): value is MetadataMatch {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether the Metadata message of a host has all of `members` in `envoy.lb`; a list there holds each of its items. */
export function hasMembers(metadata: Readonly<Record<string, unknown>> | undefined, members: MetadataMatch): boolean {
  const own = valueAtPath(metadata, ['filter_metadata', NAMESPACE])
  if (!isMembers(own)) return false
  return Object.entries(members).every(([name, wanted]) => {
    const value = own[name]
    return Bun.deepEquals(value, wanted) || (Array.isArray(value) && value.some((item) => Bun.deepEquals(item, wanted)))
  })
}
