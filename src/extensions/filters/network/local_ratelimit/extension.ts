/** envoy.filters.network.local_ratelimit. */
import type { Extension, FactoryContext } from '../../../../api/extension.ts'
import type { SharedStates } from '../../../../api/shared-states.ts'
import { createConnectionBucket } from '../../common/connection-bucket.ts'
import { statesOf } from '../../common/shared-name.ts'
import type { ConnectionRateConfig } from './config.ts'
import { parseConnectionRate } from './config.ts'
import { ConnectionRateFilter } from './connection-rate-filter.ts'

export const extension: Extension<ConnectionRateConfig, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.local_ratelimit',
  typeNames: ['envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseConnectionRate,
  create: (config, context) => {
    const shared = {
      config,
      runtime: context.runtime,
      bucket: createConnectionBucket(config.bucket, states(config, context), context),
      rateLimited: context.scope.scope(`local_rate_limit.${config.statPrefix}.`).counter('rate_limited'),
    }
    return (chain) => chain.addReadFilter(new ConnectionRateFilter(shared, chain.connection))
  },
}

/** Filters share a bucket when key and bucket are the same. */
function states({ shareKey, bucket, sharedName }: ConnectionRateConfig, { shared }: FactoryContext): SharedStates {
  if (shareKey === '') return statesOf(shared, sharedName)
  return shared.process.within(`network local_ratelimit ${shareKey} ${JSON.stringify(bucket)}`)
}
