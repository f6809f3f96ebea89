/* HTTP filters between the router and the upstream, against the real Envoy. */
import { routeTo } from '../support/configs.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'

function append(key: string, value: string, action = 'APPEND_IF_EXISTS_OR_ADD'): object {
  return { append: { header: { key, value }, append_action: action } }
}

const MUTATION = 'header_mutation.v3.HeaderMutation'
const CODEC = filterEntry('upstream_codec', 'upstream_codec.v3.UpstreamCodec')
const MUTATIONS = {
  mutations: {
    request_mutations: [
      append('x-up', '%UPSTREAM_CLUSTER% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %REQ(:PATH)%'),
      append('x-count', 'one'),
      { remove: 'x-gone' },
    ],
    response_mutations: [append('x-down', '%RESPONSE_CODE% %RESP(x-backend)%'), { remove: 'x-secret' }],
    query_parameter_mutations: [{ append: { record: { key: 'q', value: 'up' } } }],
    request_trailers_mutations: [append('x-rt', '1')],
  },
}

function router(...filters: readonly object[]): object {
  return filterEntry('router', 'router.v3.Router', { upstream_http_filters: [...filters, CODEC] })
}

differentialFilters('upstream filters: header_mutation', {
  filters: [
    filterEntry('header_mutation', MUTATION, { mutations: { request_mutations: [append('x-first', 'down')] } }),
  ],
  router: router(filterEntry('header_mutation', MUTATION, MUTATIONS)),
  manager: { http_protocol_options: { enable_trailers: true } },
  log: '%REQ(x-up)% %REQ(x-gone)% %RESP(x-down)% %REQ(:PATH)%',
  routes: [
    routeTo('app', '/retry', {
      retry_policy: { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: '0.001s' } },
    }),
    {
      ...routeTo('app', '/own'),
      ...perFilter('header_mutation', `${MUTATION}PerRoute`, {
        mutations: { request_mutations: [append('x-own', 'r')] },
      }),
    },
    routeTo('app'),
  ],
  requests: [
    ['get', 'GET /a', ['x-gone: 1', 'x-do: header=x-secret: 1']],
    ['post', 'POST /a?b', [], 'body'],
    ['chunks', 'POST /a', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'],
    ['head', 'HEAD /a'],
    ['chunked response', 'GET /a', ['x-do: chunked']],
    ['retries', 'GET /retry', ['x-do: fail=1']],
    ['retries with a body', 'POST /retry/b', ['x-do: fail=2'], 'body'],
    ['route', 'GET /own'],
    ['reset', 'GET /a', ['x-do: reset']],
    ['early response', 'POST /a', ['x-do: status=404'], 'body'],
  ],
})

differentialFilters('upstream filters: the codec alone', {
  filters: [],
  router: router(),
  requests: [
    ['get', 'GET /a'],
    ['post', 'POST /a', [], 'body'],
  ],
})
