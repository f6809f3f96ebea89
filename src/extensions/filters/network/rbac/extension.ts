/** envoy.filters.network.rbac: who may have a connection. */
import type { Extension } from '../../../../api/extension.ts'
import { bindEngines } from '../../common/rbac/rbac-engine.ts'
import { createRbacStats } from '../../common/rbac/rbac-stats.ts'
import type { NetworkRbacConfig } from './config.ts'
import { parseNetworkRbac } from './config.ts'
import { NetworkRbacFilter } from './rbac-filter.ts'

export const extension: Extension<NetworkRbacConfig, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.rbac',
  typeNames: ['envoy.extensions.filters.network.rbac.v3.RBAC'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseNetworkRbac,
  create: (config, { runtime, scope }) => {
    bindEngines([config.rules, config.shadowRules], { runtime, scope })
    const stats = createRbacStats(scope.scope(config.statPrefix), '', config.shadowRulesStatPrefix)
    return (chain) => chain.addReadFilter(new NetworkRbacFilter(config, stats, chain.connection))
  },
}
