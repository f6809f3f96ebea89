/** Header maps and times as values of expressions. */
import type { CelInput, CelMap } from '@bufbuild/cel'
import type { HeaderMap } from '../api/headers.ts'
import { fromWireText } from '../base/wire-text.ts'
import type { CelLibrary } from './cel-library.ts'
import { lookupMap } from './lazy-map.ts'

/** Names in any case; all lines of a header with commas between. `pseudo`: how many names there are besides those of lines. */
export function headerMap(library: CelLibrary, headers: HeaderMap | undefined, pseudo: number): CelMap {
  return lookupMap(
    library,
    (name) => (headers === undefined ? undefined : headerText(headers, name.toLowerCase())),
    () => (headers === undefined ? 0 : namesIn(headers) + pseudo),
  )
}

/** Lines of one name count once. */
function namesIn(headers: HeaderMap): number {
  const names = new Set<string>()
  headers.forEach((name) => names.add(name))
  return names.size
}

export function headerText(headers: HeaderMap | undefined, name: string): string | undefined {
  const first = headers?.get(name)
  if (headers === undefined || first === undefined) return undefined
  const all = headers.getAll(name)
  return fromWireText(all.length < 2 ? first : all.join(','))
}

export function integer(value: number): bigint {
  return BigInt(Math.trunc(value))
}

export function durationOf({ protobuf, wellKnown }: CelLibrary, ms: number): CelInput {
  const nanos = BigInt(Math.round(ms * 1e6))
  return protobuf.create(wellKnown.DurationSchema, {
    seconds: nanos / 1_000_000_000n,
    nanos: Number(nanos % 1_000_000_000n),
  })
}

export function timestampOf({ protobuf, wellKnown }: CelLibrary, wallMs: number): CelInput {
  // A number of ms since 1970 tells no parts of a microsecond.
  const nanos = BigInt(Math.round(wallMs * 1000)) * 1000n
  return protobuf.create(wellKnown.TimestampSchema, {
    seconds: nanos / 1_000_000_000n,
    nanos: Number(nanos % 1_000_000_000n),
  })
}

/** `metadata` is an envoy.config.core.v3.Metadata, or only its `filter_metadata`. */
export function metadataOf(metadata: Readonly<Record<string, unknown>> | undefined): CelInput {
  const filters = metadata?.['filter_metadata'] ?? metadata ?? {}
  return { filter_metadata: filters as CelInput, typed_filter_metadata: {} }
}
