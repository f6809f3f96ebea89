/** envoy.filters.http.api_key_auth. */
import type { Extension } from '../../../../api/extension.ts'
import { ApiKeyAuthFilter } from './api-key-auth-filter.ts'
import type { ApiKeyAuthConfig } from './config.ts'
import { parseApiKeyAuth, parseApiKeyAuthPerRoute } from './config.ts'

export const extension: Extension<ApiKeyAuthConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.api_key_auth',
  typeNames: ['envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  perRoute: {
    typeName: 'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute',
    parse: parseApiKeyAuthPerRoute,
  },
  parse: parseApiKeyAuth,
  create: (config, { httpScope }) => {
    const scope = httpScope.scope('api_key_auth.')
    const shared = {
      config,
      allowed: scope.counter('allowed'),
      unauthorized: scope.counter('unauthorized'),
      forbidden: scope.counter('forbidden'),
    }
    return (chain) => chain.addDecoderFilter(new ApiKeyAuthFilter(shared))
  },
}
