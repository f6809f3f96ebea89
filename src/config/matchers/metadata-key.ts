/** envoy.type.metadata.v3.MetadataKey: where in metadata by filter name a value is. */
import type { Reader } from '../../api/config.ts'

export interface MetadataKey {
  readonly filter: string
  readonly path: readonly string[]
}

export function readMetadataKey(reader: Reader): MetadataKey {
  return {
    filter: reader.string('key'),
    path: reader.messages('path', (segment) => segment.string('key')),
  }
}
