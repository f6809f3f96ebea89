/** envoy.filters.listener.local_ratelimit. */
import type { Extension } from '../../../../api/extension.ts'
import { createConnectionBucket } from '../../common/connection-bucket.ts'
import { statesOf } from '../../common/shared-name.ts'
import { AcceptRateFilter } from './accept-rate-filter.ts'
import type { AcceptRateConfig } from './config.ts'
import { parseAcceptRate } from './config.ts'

export const extension: Extension<AcceptRateConfig, 'envoy.filters.listener'> = {
  category: 'envoy.filters.listener',
  name: 'envoy.filters.listener.local_ratelimit',
  typeNames: ['envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseAcceptRate,
  create: (config, context) => {
    const filter = new AcceptRateFilter({
      config,
      runtime: context.runtime,
      bucket: createConnectionBucket(config.bucket, statesOf(context.shared, config.sharedName), context),
      rateLimited: context.scope.scope(`listener_local_ratelimit.${config.statPrefix}.`).counter('rate_limited'),
    })
    return () => filter
  },
}
