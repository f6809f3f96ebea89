/** HeaderFilter: the request's headers. */
import type { Reader } from '../../../api/config.ts'
import { readHeaderMatcher } from '../../../config/matchers/header-matcher.ts'
import type { AccessLogFilterConfig } from './access-log-filter.ts'

export function readHeaderFilter(reader: Reader): AccessLogFilterConfig | undefined {
  const matches = reader.message('header', readHeaderMatcher)
  if (matches === undefined) return undefined
  const filter: ReturnType<AccessLogFilterConfig> = {
    evaluate: ({ request }) => request !== undefined && matches(request),
  }
  return () => filter
}
