/** access_log_options, and the two older fields that say the same. */
import type { Reader } from '../../../../api/config.ts'

export interface AccessLogOptions {
  /** 0: only at the end. */
  readonly flushIntervalMs: number
  readonly flushOnConnected: boolean
  readonly flushOnStart: boolean
}

export function readAccessLogOptions(reader: Reader): AccessLogOptions {
  const old = {
    flushIntervalMs: reader.durationMs('access_log_flush_interval', 0),
    flushOnConnected: reader.bool('flush_access_log_on_connected', false),
    flushOnStart: false,
  }
  const options = reader.message('access_log_options', (message) => ({
    flushIntervalMs: message.durationMs('access_log_flush_interval', 0),
    flushOnConnected: message.bool('flush_access_log_on_connected', false),
    flushOnStart: message.bool('flush_access_log_on_start', false),
  }))
  if (options === undefined) return old
  for (const field of ['flush_access_log_on_connected', 'access_log_flush_interval']) {
    if (reader.has(field)) {
      reader.error(field, 'NU172', `Only one of ${field} or access_log_options can be specified.`)
    }
  }
  return options
}
