/** envoy.filters.listener.set_filter_state: objects made of formats. */
import type { Extension } from '../../../../api/extension.ts'
import type { FilterStateValue } from '../../common/set_filter_state/filter-state-values.ts'
import { ListenerSetFilterStateFilter, parseListenerSetFilterState } from './set-filter-state-filter.ts'

export const extension: Extension<readonly FilterStateValue[], 'envoy.filters.listener'> = {
  category: 'envoy.filters.listener',
  name: 'envoy.filters.listener.set_filter_state',
  typeNames: ['envoy.extensions.filters.listener.set_filter_state.v3.Config'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseListenerSetFilterState,
  create: (values) => {
    const filter = new ListenerSetFilterStateFilter(values)
    return () => filter
  },
}
