/** HeaderFilter: the request's headers. Where there is no request it is as if there were none. */
import type { Reader } from '../../../api/config.ts'
import type { MatchableHeaders } from '../../../config/matchers/header-matcher.ts'
import { readHeaderMatcher } from '../../../config/matchers/header-matcher.ts'
import type { AccessLogFilterConfig } from './access-log-filter-config.ts'

const NO_HEADERS: MatchableHeaders = { get: () => undefined, getAll: () => [], has: () => false }

export function readHeaderFilter(reader: Reader): AccessLogFilterConfig | undefined {
  const matches = reader.message('header', readHeaderMatcher)
  if (matches === undefined) return undefined
  const filter: ReturnType<AccessLogFilterConfig> = {
    evaluate: ({ request }) => matches(request ?? NO_HEADERS),
  }
  return () => filter
}
