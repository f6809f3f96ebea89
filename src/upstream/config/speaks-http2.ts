import type { Message } from '../../api/config.ts'
import { below } from '../../config/below.ts'

/** Whether a cluster asks for HTTP/2 to its hosts; typed options replace the older field. */
export function speaksHttp2(cluster: Message): boolean {
  const options = below(
    cluster,
    'typed_extension_protocol_options',
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
  )
  if (options === undefined) return cluster['http2_protocol_options'] !== undefined
  return (
    below(options, 'auto_config') !== undefined ||
    below(options, 'explicit_http_config', 'http2_protocol_options') !== undefined ||
    below(options, 'use_downstream_protocol_config', 'http2_protocol_options') !== undefined
  )
}
