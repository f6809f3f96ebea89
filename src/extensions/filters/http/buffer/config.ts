/** envoy.extensions.filters.http.buffer.v3.Buffer and BufferPerRoute, parsed. */
import type { Reader } from '../../../../api/config.ts'

export interface BufferConfig {
  readonly maxRequestBytes: number
}

/** What a route says: another limit, or not to buffer at all. */
export type BufferPerRoute = BufferConfig | 'disabled'

export function parseBuffer(reader: Reader): BufferConfig {
  return { maxRequestBytes: reader.number('max_request_bytes', 0) }
}

export function parseBufferPerRoute(reader: Reader): BufferPerRoute {
  if (reader.bool('disabled', false)) return 'disabled'
  return reader.message('buffer', parseBuffer) ?? 'disabled'
}
