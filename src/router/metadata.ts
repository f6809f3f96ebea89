/** envoy.config.core.v3.Metadata of a route or virtual host: plain JSON by filter name. */
import type { Reader } from '../api/config.ts'

export function readMetadata(reader: Reader): Readonly<Record<string, unknown>> | undefined {
  return reader.message('metadata', (metadata) => metadata.struct('filter_metadata'))
}
