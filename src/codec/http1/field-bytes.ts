/** How many bytes of the wire the fields of a head or trailers count for, in Envoy's way. */
import type { HeaderMap } from '../../api/headers.ts'

/** The colon and the line end. */
export const BYTES_AROUND_FIELD = 3

export function fieldBytes(fields: HeaderMap): number {
  return fields.byteSize + BYTES_AROUND_FIELD * fields.size
}
