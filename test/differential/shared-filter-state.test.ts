/* Objects of filter state that are shared with upstream connections: who meets on which, and what the connections know. */
import type { RequestRow } from './support/filter-case.ts'
import { differentialFilters, filterEntry } from './support/filter-case.ts'

const value = (object_key: string, factory_key: string, header: string, shared_with_upstream = 'ONCE') => ({
  object_key,
  factory_key,
  format_string: { text_format_source: { inline_string: `%REQ(${header})%` } },
  shared_with_upstream,
  skip_if_empty: true,
})

const ROWS: readonly (readonly string[])[] = [
  [],
  ['x-text: a'],
  ['x-hash: 1'],
  ['x-hash: 2'],
  ['x-hash: 1', 'x-text: b'],
  ['x-own: 1'],
  ['x-ip: 1.1.1.1'],
  ['x-hash: 1', 'x-ip: 1.1.1.1'],
  ['x-address: 1.1.1.1:80'],
  ['x-address: 1.1.1.1:80'],
  ['x-bool: true'],
  ['x-do: close'],
  ['x-text: c'],
  ['x-text: d'],
  ['x-hash: 1', 'x-do: close'],
  ['x-hash: 1', 'x-text: e', 'x-bool: true'],
  ['x-hash: 1', 'x-text: f'],
]

differentialFilters('filter state shared with upstream connections', {
  filters: [
    filterEntry('set_filter_state', 'set_filter_state.v3.Config', {
      on_request_headers: [
        value('hash', 'envoy.hashable_string', 'x-hash'),
        value('ip', 'envoy.network.ip', 'x-ip', 'TRANSITIVE'),
        value('text', 'envoy.string', 'x-text'),
        value('own', 'envoy.hashable_string', 'x-own', 'NONE'),
        value('address', 'envoy.network.transport_socket.original_dst_address', 'x-address'),
        value('bool', 'envoy.bool', 'x-bool', 'TRANSITIVE'),
      ],
    }),
  ],
  log:
    '%REQ(:PATH)% %UPSTREAM_FILTER_STATE(hash)% %UPSTREAM_FILTER_STATE(text:PLAIN)% %UPSTREAM_FILTER_STATE(ip)% ' +
    "%UPSTREAM_FILTER_STATE(own)% %UPSTREAM_FILTER_STATE(bool)% %FILTER_STATE(hash)% %CEL('hash' in upstream_filter_state)% " +
    "%CEL(upstream_filter_state['text'])%",
  stats: /cluster\.app\.upstream_cx_(total|pool)/,
  requests: ROWS.map((headers, i): RequestRow => [`request ${i}`, `GET /${i}`, headers]),
})
