/** envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector, parsed. */
import type { Reader } from '../../../../api/config.ts'

export interface TlsInspectorConfig {
  readonly ja3: boolean
  readonly ja4: boolean
  /** What is no ClientHello closes the connection. */
  readonly closesOnErrors: boolean
  readonly maxBytes: number
  /** How many it looks at first. */
  readonly firstBytes: number
}

const MAX_CLIENT_HELLO = 16 * 1024

export function parseTlsInspector(reader: Reader): TlsInspectorConfig {
  const maxBytes = reader.number('max_client_hello_size', MAX_CLIENT_HELLO)
  return {
    ja3: reader.bool('enable_ja3_fingerprinting', false),
    ja4: reader.bool('enable_ja4_fingerprinting', false),
    closesOnErrors: reader.bool('close_connection_on_client_hello_parsing_errors', false),
    maxBytes,
    firstBytes: Math.min(reader.number('initial_read_buffer_size', maxBytes), maxBytes),
  }
}
