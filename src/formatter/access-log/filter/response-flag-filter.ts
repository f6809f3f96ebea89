/** ResponseFlagFilter: one of the listed flags, or any flag when none is listed. */
import type { Reader } from '../../../api/config.ts'
import type { AccessLogFilterConfig } from './access-log-filter-config.ts'

export function readResponseFlagFilter(reader: Reader): AccessLogFilterConfig {
  const wanted = new Set<string>(reader.strings('flags'))
  const filter: ReturnType<AccessLogFilterConfig> = {
    evaluate: ({ streamInfo: { flags } }) =>
      wanted.size === 0 ? flags.length > 0 : flags.some((flag) => wanted.has(flag)),
  }
  return () => filter
}
