/** Header maps and times as values of expressions. */
import type { CelInput, CelMap } from '@bufbuild/cel'
import type { HeaderMap } from '../api/headers.ts'
import { fromWireText } from '../base/wire-text.ts'
import type { CelLibrary } from './cel-library.ts'
import { messageMap } from './lazy-map.ts'

/** Names in any case; all lines of a header with commas between. `pseudo`: names that there may be besides those of lines. */
export function headerMap(library: CelLibrary, headers: HeaderMap | undefined, pseudo: readonly string[]): CelMap {
  return library.cel.celMap(headers === undefined ? new Map<string, string>() : new HeaderTexts(headers, pseudo))
}

class HeaderTexts extends Map<string, string> {
  readonly #headers: HeaderMap
  readonly #pseudo: readonly string[]

  constructor(headers: HeaderMap, pseudo: readonly string[]) {
    super()
    this.#headers = headers
    this.#pseudo = pseudo
  }

  override get size(): number {
    return this.#names().size
  }

  override get(name: string): string | undefined {
    return typeof name === 'string' ? headerText(this.#headers, name.toLowerCase()) : undefined
  }

  override *entries(): MapIterator<[string, string]> {
    for (const name of this.#names()) yield [name, headerText(this.#headers, name) ?? '']
  }

  /** Lines of one name count once. */
  #names(): Set<string> {
    const names = new Set(this.#pseudo.filter((name) => this.#headers.has(name)))
    this.#headers.forEach((name) => names.add(name))
    return names
  }
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
export function metadataOf(library: CelLibrary, metadata: Readonly<Record<string, unknown>> | undefined): CelInput {
  const filters = metadata?.['filter_metadata'] ?? metadata ?? {}
  return messageMap(library, { filter_metadata: filters as CelInput, typed_filter_metadata: {} })
}

export function localityOf(library: CelLibrary, region: string, zone: string, subZone: string): CelInput {
  return messageMap(library, { region, zone, sub_zone: subZone })
}
