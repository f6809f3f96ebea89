/*
 * Filters that matchers choose, by everything that a matcher may look at and at every moment: what is decided when the
 * response comes, what a filter makes of a stream that it joins late, and filters with bodies, trailers and answers of their own.
 */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { RequestRow } from './support/filter-case.ts'
import { filterEntry } from './support/filter-case.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const T = 'type.googleapis.com/'
const HTTP = 'envoy.extensions.filters.http'

const typed = (name: string, type: string, fields: object = {}) => ({
  name,
  typed_config: { '@type': `${T}${type}`, ...fields },
})
const input = (type: string, fields: object = {}) => typed('input', `envoy.type.matcher.v3.${type}`, fields)
const INPUTS: Readonly<Record<string, object>> = {
  'request header': input('HttpRequestHeaderMatchInput', { header_name: 'x' }),
  'request trailer': input('HttpRequestTrailerMatchInput', { header_name: 'x' }),
  'response header': input('HttpResponseHeaderMatchInput', { header_name: 'x' }),
  'response trailer': input('HttpResponseTrailerMatchInput', { header_name: 'x' }),
  'query parameter': input('HttpRequestQueryParamMatchInput', { query_param: 'x' }),
  status: input('HttpResponseStatusCodeMatchInput'),
  'class of the status': input('HttpResponseStatusCodeClassMatchInput'),
}
/** What of it chooses the filter. */
const VALUES: Readonly<Record<string, string>> = { status: '200', 'class of the status': '2xx' }

const mutation = (value: string) =>
  typed(`mutate-${value}`, `${HTTP}.header_mutation.v3.HeaderMutation`, {
    mutations: {
      request_mutations: [{ append: { header: { key: 'x-request-by', value } } }],
      response_mutations: [{ append: { header: { key: 'x-response-by', value } } }],
      response_trailers_mutations: [{ append: { header: { key: 'x-trailer-by', value } } }],
    },
  })
const FILTERS: Readonly<Record<string, object>> = {
  mutation: mutation('a'),
  buffer: typed('buffer', `${HTTP}.buffer.v3.Buffer`, { max_request_bytes: 4 }),
  fault: typed('fault', `${HTTP}.fault.v3.HTTPFault`, {
    abort: { http_status: 418, percentage: { numerator: 100 } },
  }),
  denies: typed('denies', `${HTTP}.rbac.v3.RBAC`, {
    rules: { action: 'DENY', policies: { all: { permissions: [{ any: true }], principals: [{ any: true }] } } },
  }),
  compressor: typed('compressor', `${HTTP}.compressor.v3.Compressor`, {
    compressor_library: typed('gzip', 'envoy.extensions.compression.gzip.compressor.v3.Gzip'),
  }),
}
const skip = { action: typed('skip', 'envoy.extensions.filters.common.matcher.action.v3.SkipFilter') }
const run = (filter: object, more: object = {}) => ({
  action: typed('run', `${HTTP}.composite.v3.ExecuteFilterAction`, { typed_config: filter, ...more }),
})
const tree = (kind: string, action: object) => ({
  matcher_tree: { input: INPUTS[kind], exact_match_map: { map: { [VALUES[kind] ?? '1']: action } } },
})
const delegate = (filter: object, matcher: object) =>
  typed('md', 'envoy.extensions.common.matching.v3.ExtensionWithMatcher', {
    extension_config: filter,
    xds_matcher: matcher,
  })
const composite = (fields: object = {}) => filterEntry('composite', 'composite.v3.Composite', fields)

const LOG =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% %FILTER_STATE(envoy.extensions.filters.http.composite.matched_actions:PLAIN)%'
const LONG = 'b'.repeat(100)
const REQUESTS: readonly RequestRow[] = [
  ['nothing', 'GET /'],
  ['header', 'GET /', ['x: 1', 'accept-encoding: gzip', `x-do: body=${LONG}`]],
  ['query', 'GET /?x=1'],
  ['body', 'POST /?x=1', ['x: 1'], 'longer than four'],
  ['short', 'POST /?x=1', ['x: 1'], 'abc'],
  ['trailer', 'POST /', ['transfer-encoding: chunked', 'x: 0'], '3\r\nabc\r\n0\r\nx: 1\r\n\r\n'],
  ['response header', 'GET /', ['accept-encoding: gzip', `x-do: body=${LONG};header=x: 1`]],
  ['another status', 'GET /', ['x-do: status=404']],
  ['local reply', 'GET /direct', ['x: 1']],
  ['head', 'HEAD /', ['x: 1']],
]

const ROUTES = [
  { match: { prefix: '/direct' }, direct_response: { status: 200, body: { inline_string: 'direct' } } },
  routeTo('app'),
]
const ROUTER = filterEntry('router', 'router.v3.Router')

/** Filters in front of the router, by the name of the listener: all of them in one process. */
function compared(name: string, listeners: Readonly<Record<string, readonly object[]>>): void {
  differential(name, {
    backends: ['app'],
    bootstrap: (port) => ({
      static_resources: {
        listeners: Object.entries(listeners).map(([listener, filters], i) =>
          httpListener(listener, {
            statPrefix: `s${i}`,
            routes: ROUTES,
            extra: {
              http_filters: [...filters, ROUTER],
              http_protocol_options: { enable_trailers: true },
              access_log: [fileLog(`${listener}.log`, textFormat(LOG))],
            },
          }),
        ),
        clusters: [staticCluster('app', [port('app')])],
      },
    }),
    stats: /composite\.|rbac|fault\.|rq_too_large|compressor/,
    traffic: async (side) => {
      for (const listener of Object.keys(listeners)) {
        for (const [label, line, headers = [], body] of REQUESTS) {
          const framed = body === undefined || headers.some((each) => each.startsWith('transfer-encoding'))
          const length = framed ? [] : [`content-length: ${body.length}`]
          const head = [`${line} HTTP/1.1`, 'host: a.test', ...headers, ...length].join('\r\n')
          await side.send(`${listener}, ${label}`, listener, `${head}\r\n\r\n${body ?? ''}`)
        }
        await side.noteLog(`${listener}.log`, REQUESTS.length)
      }
      side.noteSeen('app')
    },
  })
}

const each = (make: (filter: object, kind: string) => object) => (kind: string) =>
  Object.fromEntries(Object.entries(FILTERS).map(([name, filter]) => [name, [make(filter, kind)]]))
const own = each((filter, kind) => composite({ matcher: tree(kind, run(filter)) }))
const around = each((filter, kind) => delegate(composite(), tree(kind, run(filter))))
const skipping = each((filter, kind) => delegate(filter, tree(kind, skip)))

for (const kind of Object.keys(INPUTS)) {
  compared(`composite chooses by ${kind}`, own(kind))
  compared(`match_delegate around composite runs filters by ${kind}`, around(kind))
  compared(`match_delegate skips filters by ${kind}`, skipping(kind))
}

const chain = (...filters: readonly object[]) => ({ typed_config: filters })
const action = (fields: object) => ({
  matcher: {
    matcher_tree: {
      input: INPUTS['request header'],
      exact_match_map: { map: { '1': { action: typed('run', `${HTTP}.composite.v3.ExecuteFilterAction`, fields) } } },
    },
  },
})
const { buffer, fault, denies, compressor } = FILTERS as Record<string, object>
const [a, b, c] = ['a', 'b', 'c'].map(mutation) as [object, object, object]

compared('composite: chains', {
  one: [composite(action({ filter_chain: chain(a) }))],
  two: [composite(action({ filter_chain: chain(a, b) }))],
  'answered by the second': [composite(action({ filter_chain: chain(a, denies!, b) }))],
  'held by the first': [composite(action({ filter_chain: chain(buffer!, a) }))],
  'held by the last': [composite(action({ filter_chain: chain(a, buffer!) }))],
  compressed: [composite(action({ filter_chain: chain(compressor!, a) }))],
  aborted: [composite(action({ filter_chain: chain(fault!, a) }))],
  sampled: [composite(action({ filter_chain: chain(a), sample_percent: { default_value: { numerator: 0 } } }))],
  named: [composite({ ...action({ filter_chain_name: 'both' }), named_filter_chains: { both: chain(a, b) } })],
  'nobody of this name': [
    composite({ ...action({ filter_chain_name: 'none' }), named_filter_chains: { both: chain(a, b) } }),
  ],
  'no names at all': [composite(action({ filter_chain_name: 'none' }))],
  'in a delegate': [
    delegate(composite({ named_filter_chains: { both: chain(a, b) } }), action({ filter_chain_name: 'both' }).matcher),
  ],
  'typed_config and a chain': [composite(action({ typed_config: a, filter_chain: chain(b) }))],
  'a chain and a name': [
    composite({ ...action({ filter_chain: chain(a), filter_chain_name: 'c' }), named_filter_chains: { c: chain(c) } }),
  ],
  'typed_config and a name': [
    composite({ ...action({ typed_config: a, filter_chain_name: 'c' }), named_filter_chains: { c: chain(c) } }),
  ],
})
