/** envoy.config.accesslog.v3.AccessLogFilter, parsed: what makes the filter on the thread that uses it. */
import type { Reader } from '../../../api/config.ts'
import type { AccessLogFilter, FactoryContext, ParseContext } from '../../../api/extension.ts'

export type AccessLogFilterConfig = (context: FactoryContext) => AccessLogFilter

export function readAccessLogFilter(reader: Reader, _context: ParseContext): AccessLogFilterConfig {
  const kind = reader.oneof('filter_specifier')
  if (kind !== undefined) {
    reader.raw(kind)
    reader.unsupported(kind, kind)
  }
  return () => ({ evaluate: () => true })
}
