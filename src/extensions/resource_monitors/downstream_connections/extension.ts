/** envoy.resource_monitors.global_downstream_max_connections: how many downstream connections the process may have. */
import type { Extension } from '../../../api/extension.ts'

export const extension: Extension<number, 'envoy.resource_monitors'> = {
  category: 'envoy.resource_monitors',
  name: 'envoy.resource_monitors.global_downstream_max_connections',
  typeNames: ['envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader) => reader.number('max_active_downstream_connections', 0),
  create: (limit) => ({ kind: 'counted', limit }),
}
