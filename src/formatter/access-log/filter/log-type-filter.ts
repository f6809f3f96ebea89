/** LogTypeFilter: which moment of the stream the record is of. */
import type { Reader } from '../../../api/config.ts'
import type { AccessLogFilterConfig } from './access-log-filter-config.ts'

export function readLogTypeFilter(reader: Reader): AccessLogFilterConfig {
  const types = new Set<string>(reader.enumerations<string>('types'))
  const exclude = reader.bool('exclude', false)
  const filter: ReturnType<AccessLogFilterConfig> = { evaluate: ({ logType }) => types.has(logType) !== exclude }
  return () => filter
}
