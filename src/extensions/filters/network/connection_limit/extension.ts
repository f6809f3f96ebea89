/** envoy.filters.network.connection_limit. */
import type { Extension } from '../../../../api/extension.ts'
import { statesOf } from '../../common/shared-name.ts'
import type { ConnectionLimitConfig } from './config.ts'
import { parseConnectionLimit } from './config.ts'
import { ConnectionLimitFilter } from './connection-limit-filter.ts'

export const extension: Extension<ConnectionLimitConfig, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.connection_limit',
  typeNames: ['envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseConnectionLimit,
  create: (config, context) => {
    const scope = context.scope.scope(`connection_limit.${config.statPrefix}.`)
    const shared = {
      config,
      runtime: context.runtime,
      count: statesOf(context.shared, config.sharedName).claim('connections', 1).ints,
      limitedConnections: scope.counter('limited_connections'),
      activeConnections: scope.gauge('active_connections'),
    }
    return (chain) => chain.addReadFilter(new ConnectionLimitFilter(shared, chain.connection))
  },
}
