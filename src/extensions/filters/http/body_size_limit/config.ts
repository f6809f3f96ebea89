/** envoy.extensions.filters.http.body_size_limit.v3.BodySizeLimit, parsed. */
import type { Reader } from '../../../../api/config.ts'

export interface BodySizeLimitConfig {
  /** Undefined: any number. */
  readonly maxRequestBytes: number | undefined
}

export function parseBodySizeLimit(reader: Reader): BodySizeLimitConfig {
  return { maxRequestBytes: reader.optionalNumber('max_request_bytes') }
}
