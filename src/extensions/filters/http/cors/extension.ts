/** envoy.filters.http.cors: which origins a browser may let use a route. */
import type { Extension } from '../../../../api/extension.ts'
import { readCorsPolicy } from '../../../../router/cors-policy.ts'
import { CorsFilter } from './cors-filter.ts'

export const extension: Extension<undefined, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.cors',
  typeNames: ['envoy.extensions.filters.http.cors.v3.Cors'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  perRoute: { typeName: 'envoy.extensions.filters.http.cors.v3.CorsPolicy', parse: readCorsPolicy },
  parse: () => undefined,
  create: (_config, { httpScope, runtime, random }) => {
    const scope = httpScope.scope('cors.')
    const shared = {
      runtime,
      random,
      originValid: scope.counter('origin_valid'),
      originInvalid: scope.counter('origin_invalid'),
    }
    return (chain) => chain.addFilter(new CorsFilter(shared))
  },
}
