/** envoy.filters.http.local_ratelimit. */
import type { Extension } from '../../../../api/extension.ts'
import type { LocalRateLimitConfig } from './config.ts'
import { parseLocalRateLimit, parseLocalRateLimitPerRoute } from './config.ts'
import { LocalRateLimitFilter } from './local-rate-limit-filter.ts'
import { RateLimitInUse } from './rate-limit-in-use.ts'

export const extension: Extension<LocalRateLimitConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.local_ratelimit',
  typeNames: ['envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  perRoute: {
    typeName: 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
    parse: parseLocalRateLimitPerRoute,
  },
  parse: parseLocalRateLimit,
  create: (config, context) => {
    const ofRoutes = new WeakMap<LocalRateLimitConfig, RateLimitInUse>()
    const shared = {
      own: new RateLimitInUse(config, context),
      ofRoute: (perRoute: LocalRateLimitConfig, table: string): RateLimitInUse => {
        let inUse = ofRoutes.get(perRoute)
        if (inUse === undefined) {
          inUse = new RateLimitInUse(perRoute, context, table)
          ofRoutes.set(perRoute, inUse)
        }
        return inUse
      },
    }
    return (chain) => chain.addFilter(new LocalRateLimitFilter(shared))
  },
}
