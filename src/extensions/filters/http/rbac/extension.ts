/** envoy.filters.http.rbac: who may send which request. */
import type { Extension } from '../../../../api/extension.ts'
import { bindEngines } from '../../common/rbac/rbac-engine.ts'
import { createRbacStats } from '../../common/rbac/rbac-stats.ts'
import type { RbacConfig } from './config.ts'
import { parseRbac, parseRbacPerRoute } from './config.ts'
import { RbacFilter } from './rbac-filter.ts'

export const extension: Extension<RbacConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.rbac',
  typeNames: ['envoy.extensions.filters.http.rbac.v3.RBAC'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  upstream: true,
  perRoute: { typeName: 'envoy.extensions.filters.http.rbac.v3.RBACPerRoute', parse: parseRbacPerRoute },
  parse: parseRbac,
  create: (config, { runtime, scope, httpScope }) => {
    const deps = { runtime, scope }
    bindEngines([config.rules, config.shadowRules], deps)
    const stats = createRbacStats(httpScope, config.rulesStatPrefix, config.shadowRulesStatPrefix)
    return (chain) => chain.addDecoderFilter(new RbacFilter(config, stats, deps))
  },
}
