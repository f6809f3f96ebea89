/** envoy.filters.network.set_filter_state: objects made of formats. */
import type { Extension } from '../../../../api/extension.ts'
import type { NetworkSetFilterStateConfig } from './set-filter-state-filter.ts'
import { NetworkSetFilterStateFilter, parseNetworkSetFilterState } from './set-filter-state-filter.ts'

export const extension: Extension<NetworkSetFilterStateConfig, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.set_filter_state',
  typeNames: ['envoy.extensions.filters.network.set_filter_state.v3.Config'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseNetworkSetFilterState,
  create: (config) => (chain) => chain.addReadFilter(new NetworkSetFilterStateFilter(config, chain.connection)),
}
