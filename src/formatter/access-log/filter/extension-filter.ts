/** ExtensionFilter: a filter of the category envoy.access_loggers.extension_filters. */
import type { Reader } from '../../../api/config.ts'
import type { ParseContext } from '../../../api/extension.ts'
import type { AccessLogFilterConfig } from './access-log-filter-config.ts'

export function readExtensionFilter(reader: Reader, context: ParseContext): AccessLogFilterConfig | undefined {
  const resolved = context.namedExtension(reader, 'envoy.access_loggers.extension_filters')
  if (resolved === undefined) return undefined
  return (factory) => resolved.extension.create(resolved.config, factory)
}
