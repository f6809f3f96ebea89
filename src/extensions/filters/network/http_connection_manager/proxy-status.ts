/** proxy_status_config. */
import type { Reader } from '../../../../api/config.ts'
import { toWireText } from '../../../../base/wire-text.ts'
import type { ProxyStatusSettings } from '../../../../http/response-headers/proxy-status.ts'

export function readProxyStatus(reader: Reader): ProxyStatusSettings {
  return {
    name: readName(reader),
    details: !reader.bool('remove_details', false),
    connectionTerminationDetails: !reader.bool('remove_connection_termination_details', false),
    responseFlags: !reader.bool('remove_response_flags', false),
    setRecommendedStatus: reader.bool('set_recommended_response_code', false),
  }
}

function readName(reader: Reader): ProxyStatusSettings['name'] {
  switch (reader.oneof('proxy_name')) {
    case 'literal_proxy_name':
      return toWireText(reader.string('literal_proxy_name'))
    case 'use_node_id':
      // Whatever its value: the choice is the name's.
      reader.bool('use_node_id', false)
      return { of: 'node' }
    default:
      return { of: 'server' }
  }
}
