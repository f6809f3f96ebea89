/** envoy.filters.http.on_demand: routes that are got when a request wants them. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension } from '../../../../api/extension.ts'
import { OnDemandFilter } from './on-demand-filter.ts'

export const extension: Extension<undefined, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.on_demand',
  typeNames: ['envoy.extensions.filters.http.on_demand.v3.OnDemand'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  perRoute: { typeName: 'envoy.extensions.filters.http.on_demand.v3.PerRouteConfig', parse: nothing },
  parse: nothing,
  create: () => (chain) => chain.addDecoderFilter(new OnDemandFilter()),
}

/** `odcds` is left unread, and so refused. */
function nothing(_reader: Reader): undefined {
  return undefined
}
