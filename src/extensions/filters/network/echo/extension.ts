/** envoy.filters.network.echo: for trying things out. */
import type { Extension } from '../../../../api/extension.ts'
import { EchoFilter } from './echo-filter.ts'

export const extension: Extension<undefined, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.echo',
  typeNames: ['envoy.extensions.filters.network.echo.v3.Echo'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  terminal: true,
  // The message has no fields.
  parse: () => undefined,
  create: () => (chain) => chain.addReadFilter(new EchoFilter(chain.connection)),
}
