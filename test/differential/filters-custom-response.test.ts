/* envoy.filters.http.custom_response against the real one: local responses only. */
import { direct, routeTo } from '../support/configs.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

const XDS = 'type.googleapis.com/envoy.type.matcher.v3'
const POLICY = 'type.googleapis.com/envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy'

function onStatus(entries: Readonly<Record<string, object>>): object {
  const map = Object.fromEntries(
    Object.entries(entries).map(([status, policy]) => [
      status,
      { action: { name: 'action', typed_config: { '@type': POLICY, ...policy } } },
    ]),
  )
  const input = { name: 'status', typed_config: { '@type': `${XDS}.HttpResponseStatusCodeMatchInput` } }
  return { custom_response_matcher: { matcher_tree: { input, exact_match_map: { map } } } }
}

const TYPE = 'custom_response.v3.CustomResponse'

differentialFilters('custom_response: local responses by status', {
  filters: [
    filterEntry(
      'custom_response',
      TYPE,
      onStatus({
        '503': {
          status_code: 499,
          body: { inline_string: 'not allowed' },
          body_format: { json_format: { status: '%RESPONSE_CODE%', message: '%LOCAL_REPLY_BODY%' } },
          response_headers_to_add: [
            { header: { key: 'foo', value: 'x-bar' } },
            { header: { key: 'content-type', value: 'text/x' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
          ],
        },
        '404': { body: { inline_string: 'gone' } },
        '405': { status_code: 200 },
        '406': {
          body_format: { text_format_source: { inline_string: '%RESP(x-backend)% %REQ(:PATH)% %RESPONSE_CODE%' } },
          preserve_response_code_details: true,
        },
        '408': { body_format: { text_format_source: { inline_string: '<%LOCAL_REPLY_BODY%>' } } },
        '409': {
          body: { inline_string: '' },
          body_format: { text_format_source: { inline_string: '<%LOCAL_REPLY_BODY%>' } },
        },
        '407': { body: { inline_string: 'x' }, response_code_details: 'mine' },
      }),
    ),
  ],
  log: '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% [%RESPONSE_CODE_DETAILS%]',
  virtualHost: perFilter('custom_response', TYPE, onStatus({ '501': { body: { inline_string: 'vhost' } } })),
  routes: [
    {
      ...routeTo('app', '/own'),
      ...perFilter('custom_response', TYPE, onStatus({ '404': { body: { inline_string: 'own' } } })),
    },
    direct('/direct', 'no', 503),
    direct('/replaced', 'what was there', 408),
    direct('/empty', 'what was there', 409),
    routeTo('app'),
  ],
  requests: [
    ['passes', 'GET /'],
    ['json', 'GET /', ['x-do: status=503']],
    ['body', 'GET /', ['x-do: status=404;chunked']],
    ['post', 'POST /', ['x-do: status=404'], 'abc'],
    ['head', 'HEAD /', ['x-do: status=404']],
    ['no body', 'GET /', ['x-do: status=405']],
    ['text', 'GET /x', ['x-do: status=406']],
    ['details', 'GET /', ['x-do: status=407']],
    ['virtual host', 'GET /', ['x-do: status=501']],
    ['route', 'GET /own', ['x-do: status=404']],
    ['route, above it', 'GET /own', ['x-do: status=501']],
    ['route, filter', 'GET /own', ['x-do: status=407']],
    ['direct response', 'GET /direct'],
    ['body of a direct response', 'GET /replaced'],
    ['body of an upstream', 'GET /', ['x-do: status=408']],
    ['empty body', 'GET /empty'],
    ['local reply', 'GET /', ['x-do: reset']],
    ['gRPC', 'POST /', ['x-do: status=404', 'content-type: application/grpc'], 'abc'],
  ],
})
