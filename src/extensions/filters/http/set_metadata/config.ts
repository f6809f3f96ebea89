/** envoy.extensions.filters.http.set_metadata.v3.Config, parsed. */
import type { Json, Reader } from '../../../../api/config.ts'

export interface SetMetadataEntry {
  readonly namespace: string
  readonly value: Readonly<Record<string, Json>>
  /** Goes into a namespace that is there already; otherwise it is left out and counted. */
  readonly allowOverwrite: boolean
}

/** The deprecated fields come first. */
export function parseSetMetadata(reader: Reader): readonly SetMetadataEntry[] {
  const namespace = reader.string('metadata_namespace')
  const value = reader.struct('value')
  const first = value === undefined ? [] : [{ namespace, value, allowOverwrite: true }]
  return [...first, ...reader.messages('metadata', readEntry).filter((entry) => entry !== undefined)]
}

/** Undefined of one without a value. `typed_value` is refused: nobody looks at typed metadata yet. */
function readEntry(reader: Reader): SetMetadataEntry | undefined {
  const namespace = reader.string('metadata_namespace')
  const allowOverwrite = reader.bool('allow_overwrite', false)
  const value = reader.struct('value')
  return value === undefined ? undefined : { namespace, value, allowOverwrite }
}
