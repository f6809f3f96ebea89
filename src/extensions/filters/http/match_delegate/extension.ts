/** envoy.filters.http.match_delegate: another filter with a matcher around it (ExtensionWithMatcher). */
import type { Reader } from '../../../../api/config.ts'
import type { Extension, ExtensionConfig, ParseContext } from '../../../../api/extension.ts'
import type { FilterMatcher } from '../common/matching/filter-action.ts'
import { ActionFactories, readFilterMatcher } from '../common/matching/filter-action.ts'
import { innerFilters } from '../common/matching/inner-filter.ts'
import { MatchDelegateFilter } from './match-delegate-filter.ts'

interface MatchDelegateConfig {
  /** Undefined after an error was reported. */
  readonly filter: ExtensionConfig<'envoy.filters.http'> | undefined
  readonly matcher: FilterMatcher | undefined
}

function parse(reader: Reader, context: ParseContext): MatchDelegateConfig {
  const read = (tree: Reader) => readFilterMatcher(tree, context)
  const filter = reader.message('extension_config', (inner) => context.namedExtension(inner, 'envoy.filters.http'))
  if (filter?.extension.terminal === true) reader.unsupported('extension_config', 'a terminal filter behind a matcher')
  const matcher = reader.message('xds_matcher', read)
  if (matcher === undefined) return { filter, matcher: reader.message('matcher', read) }
  if (reader.has('matcher')) reader.ignore('matcher', 'xds_matcher is used instead')
  return { filter, matcher }
}

export const extension: Extension<MatchDelegateConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.match_delegate',
  typeNames: ['envoy.extensions.common.matching.v3.ExtensionWithMatcher'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  upstream: true,
  perRoute: {
    typeName: 'envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute',
    parse: (reader, context) => reader.message('xds_matcher', (tree) => readFilterMatcher(tree, context)),
  },
  parse,
  create: ({ filter, matcher }, context) => {
    const factories = new ActionFactories(context)
    factories.prepare(matcher)
    const factory = filter?.extension.create(filter.config, context)
    return (chain) => {
      if (factory === undefined) return
      for (const inner of innerFilters(factory)) chain.addFilter(new MatchDelegateFilter(inner, matcher, factories))
    }
  },
}
