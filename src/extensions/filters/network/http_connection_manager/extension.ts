/** envoy.filters.network.http_connection_manager: HTTP on the connections of a filter chain. */
import type { Extension } from '../../../../api/extension.ts'
import { createConnectionManager } from '../../../../http/connection-manager.ts'
import type { ConnectionManagerConfig } from '../../../../http/connection-manager-config.ts'
import { parseHttpConnectionManager } from './config.ts'

export const extension: Extension<ConnectionManagerConfig, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.http_connection_manager',
  typeNames: ['envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  terminal: true,
  parse: parseHttpConnectionManager,
  create: createConnectionManager,
}
