/** preserve_external_request_id and request_id_extension. */
import type { Reader } from '../../../../api/config.ts'
import type { RequestIdSettings } from '../../../../http/connection-manager-settings.ts'
import { readUuidRequestId } from '../../../../http/request-headers/uuid-request-id.ts'

export function readRequestId(reader: Reader): RequestIdSettings {
  return {
    preserveExternal: reader.bool('preserve_external_request_id', false),
    ...(reader.message('request_id_extension', readUuidRequestId) ?? { packs: true, samples: true }),
  }
}
