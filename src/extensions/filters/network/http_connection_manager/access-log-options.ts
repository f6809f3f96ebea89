/** access_log_options, and the two older fields that say the same. */
import type { Reader } from '../../../../api/config.ts'
import type { AccessLogOptions } from '../../../../http/connection-manager-settings.ts'

export function readAccessLogOptions(reader: Reader): AccessLogOptions {
  const old = {
    flushIntervalMs: reader.durationMs('access_log_flush_interval', 0),
    flushOnNewRequest: reader.bool('flush_access_log_on_new_request', false),
    flushOnTunnelEstablished: false,
  }
  const options = reader.message('access_log_options', (message) => ({
    flushIntervalMs: message.durationMs('access_log_flush_interval', 0),
    flushOnNewRequest: message.bool('flush_access_log_on_new_request', false),
    flushOnTunnelEstablished: message.bool('flush_log_on_tunnel_successfully_established', false),
  }))
  if (options === undefined) return old
  for (const field of ['flush_access_log_on_new_request', 'access_log_flush_interval']) {
    if (reader.has(field)) {
      reader.error(field, 'NU172', `Only one of ${field} or access_log_options can be specified.`)
    }
  }
  return options
}
