/* Filters of one chain that have to do with each other. */
import { direct, routeTo } from '../support/configs.ts'
import { differentialFilters, filterEntry } from './support/filter-case.ts'
import { OUTCOME } from './support/pieces.ts'

const JSON_OF_RESPONSES = filterEntry('json_to_metadata', 'json_to_metadata.v3.JsonToMetadata', {
  response_rules: {
    allow_content_types: ['text/plain'],
    rules: [{ selectors: [{ key: 'a' }], on_present: { key: 'a' }, on_missing: { key: 'a', value: 1 } }],
  },
})
const BUFFER = filterEntry('buffer', 'buffer.v3.Buffer', { max_request_bytes: 10 })

// The limit of the buffer holds for responses, too, but not for local replies, which come in one piece with their end.
for (const [name, filters] of Object.entries({
  'in front of': [BUFFER, JSON_OF_RESPONSES],
  behind: [JSON_OF_RESPONSES, BUFFER],
})) {
  differentialFilters(`a small buffer ${name} a filter that waits for bodies of responses`, {
    filters,
    routes: [direct('/direct', 'more than ten bytes'), routeTo('app')],
    requests: [
      ['too large', 'POST /', [], 'x'.repeat(11)],
      ['too large, in chunks', 'POST /', ['transfer-encoding: chunked'], `b\r\n${'x'.repeat(11)}\r\n0\r\n\r\n`],
      ['a direct response', 'POST /direct', [], 'x'],
      ['a short response', 'POST /', ['x-do: body=a;header=content-type:text/plain'], 'x'],
      ['a long response', 'POST /', ['x-do: body=more than ten bytes;header=content-type:text/plain'], 'x'],
    ],
    log: `${OUTCOME} %DYNAMIC_METADATA(envoy.filters.http.json_to_metadata)%`,
    stats: /^http\.ingress\.(?:downstream_rq_(?:\dxx|too_large)|rs_too_large)/,
  })
}
