/** envoy.filters.http.bandwidth_limit. */
import type { Extension } from '../../../../api/extension.ts'
import { SharedClock } from '../../../../base/shared-clock.ts'
import { BandwidthInUse } from './bandwidth-in-use.ts'
import { BandwidthLimitFilter } from './bandwidth-limit-filter.ts'
import type { BandwidthLimitConfig } from './config.ts'
import { parseBandwidthLimit, parseBandwidthLimitPerRoute } from './config.ts'

export const extension: Extension<BandwidthLimitConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.bandwidth_limit',
  typeNames: ['envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  perRoute: {
    typeName: 'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit',
    parse: parseBandwidthLimitPerRoute,
  },
  parse: parseBandwidthLimit,
  create: (config, context) => {
    // A route's bucket is made when the first request comes by, and has been filling since the route is there.
    const since = new SharedClock(context.dispatcher, context.shared).seconds
    const ofRoutes = new WeakMap<BandwidthLimitConfig, BandwidthInUse>()
    const shared = {
      own: new BandwidthInUse(config, context),
      ofRoute: (perRoute: BandwidthLimitConfig, table: string): BandwidthInUse => {
        let inUse = ofRoutes.get(perRoute)
        if (inUse === undefined) {
          inUse = new BandwidthInUse(perRoute, context, { table, since })
          ofRoutes.set(perRoute, inUse)
        }
        return inUse
      },
    }
    return (chain) => chain.addFilter(new BandwidthLimitFilter(shared))
  },
}
