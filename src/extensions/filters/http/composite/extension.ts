/** envoy.filters.http.composite: the filter that a matcher chooses for each stream. */
import type { Extension } from '../../../../api/extension.ts'
import type { FilterChainConfiguration, FilterMatcher } from '../common/matching/filter-action.ts'
import { ActionFactories, readFilterChain, readFilterMatcher } from '../common/matching/filter-action.ts'
import { CompositeFilter } from './composite-filter.ts'

interface CompositeConfig {
  readonly matcher: FilterMatcher | undefined
  readonly namedChains: ReadonlyMap<string, FilterChainConfiguration>
}

export const extension: Extension<CompositeConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.composite',
  typeNames: ['envoy.extensions.filters.http.composite.v3.Composite'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  upstream: true,
  perRoute: {
    typeName: 'envoy.extensions.filters.http.composite.v3.CompositePerRoute',
    parse: (reader, context) => reader.message('matcher', (tree) => readFilterMatcher(tree, context)),
  },
  parse: (reader, context) => ({
    matcher: reader.message('matcher', (tree) => readFilterMatcher(tree, context)),
    namedChains: reader.map('named_filter_chains', (chain, name) => {
      return readFilterChain(chain, context, `Named filter chain '${name}' must contain at least one filter.`)
    }),
  }),
  create: ({ matcher, namedChains }, context) => {
    const factories = new ActionFactories(context)
    factories.prepare(matcher)
    const scope = context.httpScope.scope('composite.')
    const shared = {
      matcher,
      factories,
      namedChains: new Map([...namedChains].map(([name, filters]) => [name, factories.ofChain(filters)] as const)),
      delegationSuccess: scope.counter('filter_delegation_success'),
      delegationError: scope.counter('filter_delegation_error'),
    }
    return (chain) => chain.addFilter(new CompositeFilter(shared))
  },
}
