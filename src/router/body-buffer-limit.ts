/** How much of a request body is kept for retries, as a virtual host or a route says. */
import type { Reader } from '../api/config.ts'

export function readBodyBufferLimit(reader: Reader): number | undefined {
  const limit = reader.optionalNumber('request_body_buffer_limit')
  return limit ?? reader.optionalNumber('per_request_buffer_limit_bytes')
}
