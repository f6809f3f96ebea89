/** preserve_external_request_id and request_id_extension, of which there is one: UUIDs. */
import type { Reader } from '../../../../api/config.ts'
import type { RequestIdSettings } from '../../../../http/connection-manager-settings.ts'

const UUID_REQUEST_ID = 'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig'
const DEFAULTS = { packs: true, samples: true }

export function readRequestId(reader: Reader): RequestIdSettings {
  return {
    preserveExternal: reader.bool('preserve_external_request_id', false),
    ...(reader.message('request_id_extension', readExtension) ?? DEFAULTS),
  }
}

function readExtension(reader: Reader): typeof DEFAULTS {
  const any = reader.any('typed_config')
  if (any === undefined) return DEFAULTS
  if (any.typeName !== UUID_REQUEST_ID) {
    any.reader.keep()
    reader.unsupported('typed_config', any.typeName)
    return DEFAULTS
  }
  return {
    packs: any.reader.bool('pack_trace_reason', true),
    samples: any.reader.bool('use_request_id_for_trace_sampling', true),
  }
}
