/** envoy.filters.http.set_filter_state: objects made of formats. */
import type { Extension } from '../../../../api/extension.ts'
import type { SetFilterStateConfig } from './set-filter-state-filter.ts'
import { parseSetFilterState, SetFilterStateFilter } from './set-filter-state-filter.ts'

const TYPE = 'envoy.extensions.filters.http.set_filter_state.v3.Config'

export const extension: Extension<SetFilterStateConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.set_filter_state',
  typeNames: [TYPE],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  perRoute: { typeName: TYPE, parse: parseSetFilterState },
  parse: parseSetFilterState,
  create: (config) => (chain) => chain.addDecoderFilter(new SetFilterStateFilter(config)),
}
