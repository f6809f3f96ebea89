/* Filters behind matchers, and filters that matchers choose. */
import { direct, httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const T = 'type.googleapis.com/'
const HTTP = 'envoy.extensions.filters.http'

const typed = (name: string, type: string, fields: object = {}) => ({
  name,
  typed_config: { '@type': `${T}${type}`, ...fields },
})
const setMetadata = (value: string) =>
  typed(`set-${value}`, `${HTTP}.set_metadata.v3.Config`, {
    metadata: [{ metadata_namespace: 'test', value: { by: value }, allow_overwrite: true }],
  })
const denies = typed('denies', `${HTTP}.rbac.v3.RBAC`, {
  rules: { action: 'DENY', policies: { all: { permissions: [{ any: true }], principals: [{ any: true }] } } },
})
const router = typed('router', `${HTTP}.router.v3.Router`)
const onHeader = typed('x', 'envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { header_name: 'x' })
const onStatus = typed('x', 'envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput')
const skip = { action: typed('skip', 'envoy.extensions.filters.common.matcher.action.v3.SkipFilter') }
const run = (filter: object, more: object = {}) => ({
  action: typed('run', `${HTTP}.composite.v3.ExecuteFilterAction`, { typed_config: filter, ...more }),
})
const tree = (map: object, more: object = {}, input: object = onHeader) => ({
  matcher_tree: { input, exact_match_map: { map } },
  ...more,
})
const delegate = (name: string, filter: object, fields: object) =>
  typed(name, 'envoy.extensions.common.matching.v3.ExtensionWithMatcher', { extension_config: filter, ...fields })
const composite = (fields: object = {}) => typed('composite', `${HTTP}.composite.v3.Composite`, fields)

/** http_filters in front of the router, by the name of the listener. */
const LISTENERS: Readonly<Record<string, readonly object[]>> = {
  skip: [delegate('md', setMetadata('v'), { xds_matcher: tree({ '1': skip }) })],
  older: [delegate('md', setMetadata('v'), { matcher: tree({ '1': skip }) })],
  none: [delegate('md', setMetadata('v'), {})],
  response: [delegate('md', setMetadata('v'), { xds_matcher: tree({ '200': skip }, {}, onStatus) })],
  foreign: [delegate('md', setMetadata('v'), { xds_matcher: tree({ '1': run(setMetadata('w')) }) })],
  delegated: [
    delegate('md', composite(), {
      xds_matcher: tree(
        { '1': run(setMetadata('one')), '2': run(denies), '3': skip },
        { on_no_match: run(setMetadata('no')) },
      ),
    }),
  ],
  own: [composite({ matcher: tree({ '1': run(setMetadata('one')), '2': run(denies) }) })],
  twice: [
    composite({ matcher: tree({ '1': run(setMetadata('one')) }) }),
    { ...composite({ matcher: tree({ '1': run(setMetadata('two')) }) }), name: 'second' },
  ],
  sampled: [
    composite({
      matcher: tree({
        '1': run(setMetadata('never'), { sample_percent: { default_value: { numerator: 0 } } }),
        '2': run(setMetadata('always'), { sample_percent: { default_value: { numerator: 100 } } }),
      }),
    }),
  ],
}

const PER_ROUTE = {
  md: {
    '@type': `${T}envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute`,
    xds_matcher: tree({ '2': skip }),
  },
  composite: {
    '@type': `${T}${HTTP}.composite.v3.CompositePerRoute`,
    matcher: tree({ '3': run(setMetadata('route')) }),
  },
}

const LOG =
  '%REQ(:PATH)% %REQ(X)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DYNAMIC_METADATA(test)% ' +
  // Not typed: the order of its keys is that of a hash map in Envoy, and changes from one build of a test to the next.
  '%FILTER_STATE(envoy.extensions.filters.http.composite.matched_actions:PLAIN)%'

differential('match_delegate and composite', {
  bootstrap: () => ({
    static_resources: {
      listeners: Object.entries(LISTENERS).map(([name, filters]) => {
        const key = filters.length > 0 && JSON.stringify(filters).includes('ExtensionWithMatcher') ? 'md' : 'composite'
        return httpListener(name, {
          statPrefix: name,
          routes: [
            { ...direct('/route', 'r'), typed_per_filter_config: { [key]: PER_ROUTE[key] } },
            direct('/', 'yes'),
          ],
          extra: { http_filters: [...filters, router], access_log: [fileLog(`${name}.log`, textFormat(LOG))] },
        })
      }),
    },
  }),
  stats: /composite|rbac/,
  traffic: async (side) => {
    for (const name of Object.keys(LISTENERS)) {
      for (const path of ['/', '/route']) {
        for (const headers of [[], ['x: 1'], ['x: 2'], ['x: 3']]) {
          await side.request(`${name} ${path} ${headers.join()}`, name, `GET ${path}`, ...headers)
        }
      }
      await side.noteLog(`${name}.log`, 8)
    }
  },
})
