/** envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig: the form of the process's own log. */
import type { Json, Reader } from '../api/config.ts'

export type ApplicationLogFormat =
  | { readonly kind: 'text'; readonly pattern: string }
  | { readonly kind: 'json'; readonly fields: Readonly<Record<string, Json>> }

export function readApplicationLog(reader: Reader): ApplicationLogFormat | undefined {
  return reader.message('log_format', (format) => {
    if (format.oneof('log_format') === 'json_format') return { kind: 'json', fields: format.struct('json_format') ?? {} }
    return { kind: 'text', pattern: format.string('text_format') }
  })
}
