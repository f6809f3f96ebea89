/** How much of a request body is kept for retries, as virtual hosts and routes say. */
import type { Reader } from '../api/config.ts'

export interface BodyBufferLimits {
  /** `request_body_buffer_limit` */
  readonly bytes: number | undefined
  /** `per_request_buffer_limit_bytes`, the field that was there before. */
  readonly olderBytes: number | undefined
}

/** `above`: those of the virtual host, where a route does not say. */
export function readBodyBufferLimits(reader: Reader, above?: BodyBufferLimits): BodyBufferLimits {
  return {
    bytes: reader.optionalNumber('request_body_buffer_limit') ?? above?.bytes,
    olderBytes: reader.optionalNumber('per_request_buffer_limit_bytes') ?? above?.olderBytes,
  }
}

/** The older field of a route has nothing to say where its virtual host has the newer one. */
export function bodyBufferLimit({ bytes, olderBytes }: BodyBufferLimits): number | undefined {
  return bytes ?? olderBytes
}
