/** http_connection_manager.v3.RequestIDExtension, of which there is one: UUIDs. */
import type { Reader } from '../../api/config.ts'

export interface UuidRequestId {
  /** What the id says of tracing is kept in it. */
  readonly packs: boolean
  /** It decides which requests are traced. */
  readonly samples: boolean
}

const TYPE = 'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig'
const DEFAULTS: UuidRequestId = { packs: true, samples: true }

/** undefined: none is configured. */
export function readUuidRequestId(reader: Reader): UuidRequestId | undefined {
  const any = reader.any('typed_config')
  if (any === undefined) return undefined
  if (any.typeName !== TYPE) {
    any.reader.keep()
    reader.unsupported('typed_config', any.typeName)
    return DEFAULTS
  }
  return {
    packs: any.reader.bool('pack_trace_reason', true),
    samples: any.reader.bool('use_request_id_for_trace_sampling', true),
  }
}
