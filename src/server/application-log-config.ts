/** envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig: the form of the process's own log. */
import type { Reader } from '../api/config.ts'
import type { LogFormat } from '../api/log.ts'
import { jsonPattern } from '../log/json-pattern.ts'

export function readApplicationLog(reader: Reader): LogFormat | undefined {
  return reader.message('log_format', (format): LogFormat => {
    if (format.oneof('log_format') === 'json_format') {
      const fields = format.struct('json_format') ?? {}
      const pattern = jsonPattern(fields)
      if (!pattern.ok) format.error('json_format', 'NU152', pattern.error)
      return { kind: 'json', fields }
    }
    return { kind: 'text', pattern: format.string('text_format') }
  })
}
