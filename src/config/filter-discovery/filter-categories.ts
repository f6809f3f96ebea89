/** Which extensions may stand in a list of filters. */
import type { FilterKind } from '../../api/discovery.ts'

export const FILTER_CATEGORIES = {
  http_filter: 'envoy.filters.http',
  upstream_http_filter: 'envoy.filters.http',
  network_filter: 'envoy.filters.network',
  tcp_listener_filter: 'envoy.filters.listener',
} as const satisfies Readonly<Record<FilterKind, string>>

export type FilterCategory<F extends FilterKind = FilterKind> = (typeof FILTER_CATEGORIES)[F]
