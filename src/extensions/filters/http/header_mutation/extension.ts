/** envoy.filters.http.header_mutation: changes of headers, trailers and query parameters, in order. */
import type { Extension } from '../../../../api/extension.ts'
import type { HeaderMutationConfig } from './config.ts'
import { parseHeaderMutation, parseHeaderMutationPerRoute } from './config.ts'
import { HeaderMutationFilter } from './header-mutation-filter.ts'

export const extension: Extension<HeaderMutationConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.header_mutation',
  typeNames: ['envoy.extensions.filters.http.header_mutation.v3.HeaderMutation'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  upstream: true,
  perRoute: {
    typeName: 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute',
    parse: parseHeaderMutationPerRoute,
  },
  parse: parseHeaderMutation,
  create: (config) => (chain) => chain.addFilter(new HeaderMutationFilter(config)),
}
