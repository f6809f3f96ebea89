/** envoy.extensions.filters.http.set_metadata.v3.Config, parsed. */
import type { Json, Message, Reader } from '../../../../api/config.ts'
import { plainAny } from '../../../../config/decode/plain-value.ts'
import { envoySchema } from '../../../../config/schema/envoy-schema.ts'

export type SetMetadataEntry = UntypedEntry | TypedEntry

interface EntryOfEitherKind {
  readonly namespace: string
  /** Goes into a namespace that is there already; otherwise it is left out and counted. */
  readonly allowOverwrite: boolean
}

export interface UntypedEntry extends EntryOfEitherKind {
  readonly kind: 'untyped'
  readonly value: Readonly<Record<string, Json>>
}

export interface TypedEntry extends EntryOfEitherKind {
  readonly kind: 'typed'
  readonly value: unknown
}

/** The deprecated fields come first. */
export function parseSetMetadata(reader: Reader): readonly SetMetadataEntry[] {
  const namespace = reader.string('metadata_namespace')
  const value = reader.struct('value')
  const first: readonly SetMetadataEntry[] =
    value === undefined || namespace === '' ? [] : [{ kind: 'untyped', namespace, value, allowOverwrite: true }]
  return [...first, ...reader.messages('metadata', readEntry).filter((entry) => entry !== undefined)]
}

/** Undefined of one without a value. */
function readEntry(reader: Reader): SetMetadataEntry | undefined {
  const namespace = reader.string('metadata_namespace')
  const allowOverwrite = reader.bool('allow_overwrite', false)
  const value = reader.struct('value')
  if (value !== undefined) {
    reader.ignore('typed_value', 'the value without a type is used instead')
    return { kind: 'untyped', namespace, value, allowOverwrite }
  }
  const typed = reader.raw('typed_value') as Message | undefined
  return typed && { kind: 'typed', namespace, value: plainAny(envoySchema, typed), allowOverwrite }
}
