/** The names that stand at the root of an expression, made for one evaluation. */
import type { CelInput } from '@bufbuild/cel'
import type { FilterState } from '../api/stream-info.ts'
import type { CelData } from './cel-data.ts'
import type { CelLibrary } from './cel-library.ts'
import {
  CONNECTION_ATTRIBUTES,
  DESTINATION_ATTRIBUTES,
  SOURCE_ATTRIBUTES,
  UPSTREAM_ATTRIBUTES,
} from './connection-attributes.ts'
import { lazyMap, lookupMap, messageMap } from './lazy-map.ts'
import type { Extract, Extractors } from './lazy-map.ts'
import { REQUEST_ATTRIBUTES } from './request-attributes.ts'
import { RESPONSE_ATTRIBUTES } from './response-attributes.ts'
import { XDS_ATTRIBUTES } from './xds-attributes.ts'

const map =
  (extractors: Extractors<CelData>): Extract<CelData> =>
  (data, library) =>
    lazyMap(library, extractors, data)

const ROOTS: Extractors<CelData> = {
  request: map(REQUEST_ATTRIBUTES),
  response: map(RESPONSE_ATTRIBUTES),
  connection: map(CONNECTION_ATTRIBUTES),
  source: map(SOURCE_ATTRIBUTES),
  destination: map(DESTINATION_ATTRIBUTES),
  upstream: map(UPSTREAM_ATTRIBUTES),
  xds: map(XDS_ATTRIBUTES),
  metadata: ({ streamInfo: { dynamicMetadata, typedMetadata } }, library) =>
    messageMap(library, {
      filter_metadata: (dynamicMetadata ?? new Map()) as ReadonlyMap<string, Readonly<Record<string, string>>>,
      typed_filter_metadata: (typedMetadata ?? new Map()) as ReadonlyMap<string, string>,
    }),
  filter_state: ({ streamInfo }, library) => filterStateMap(library, streamInfo.filterState),
  upstream_filter_state: ({ streamInfo: { upstream } }, library) =>
    upstream?.sharedObjects && filterStateMap(library, upstream.sharedObjects),
}

/** `names`: those that the expression uses. */
export function activationOf(library: CelLibrary, names: readonly string[], data: CelData): Record<string, CelInput> {
  // The library looks names up in it, and none of them may be one that every object has.
  const roots = Object.create(null) as Record<string, CelInput>
  for (const name of names) {
    const value = Object.hasOwn(ROOTS, name) ? ROOTS[name]!(data, library) : undefined
    if (value !== undefined) roots[name] = value
  }
  return roots
}

/** Objects are the bytes that they serialise to. */
function filterStateMap(library: CelLibrary, state: Pick<FilterState, 'get'>): CelInput {
  return lookupMap(library, (key) => {
    const text = state.get(key)?.serializeAsString()
    return text === undefined ? undefined : Buffer.from(text, 'utf8')
  })
}
