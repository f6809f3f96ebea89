/** envoy.filters.http.basic_auth. */
import type { Extension } from '../../../../api/extension.ts'
import { BasicAuthFilter } from './basic-auth-filter.ts'
import type { BasicAuthConfig } from './config.ts'
import { parseBasicAuth, parseBasicAuthPerRoute } from './config.ts'

export const extension: Extension<BasicAuthConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.basic_auth',
  typeNames: ['envoy.extensions.filters.http.basic_auth.v3.BasicAuth'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  perRoute: {
    typeName: 'envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute',
    parse: parseBasicAuthPerRoute,
  },
  parse: parseBasicAuth,
  create: (config, { httpScope }) => {
    const scope = httpScope.scope('basic_auth.')
    const shared = { config, allowed: scope.counter('allowed'), denied: scope.counter('denied') }
    return (chain) => chain.addDecoderFilter(new BasicAuthFilter(shared))
  },
}
