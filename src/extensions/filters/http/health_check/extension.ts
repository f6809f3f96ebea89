/** envoy.filters.http.health_check: health checks of the service behind the proxy. */
import type { Extension } from '../../../../api/extension.ts'
import type { HealthCheckConfig } from './config.ts'
import { parseHealthCheck } from './config.ts'
import { HealthCheckFilter } from './health-check-filter.ts'
import { HealthCheckShared } from './health-check-shared.ts'

export const extension: Extension<HealthCheckConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.health_check',
  typeNames: ['envoy.extensions.filters.http.health_check.v3.HealthCheck'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseHealthCheck,
  create: (config, context) => {
    const shared = new HealthCheckShared(config, context)
    return (chain) => chain.addFilter(new HealthCheckFilter(shared))
  },
}
