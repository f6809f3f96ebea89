/** Leaves objects in a connection's filter state when it is accepted. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { ListenerFilter, ListenerFilterCallbacks } from '../../../../api/listener-filter.ts'
import type { FilterStatus } from '../../../../api/network.ts'
import { streamlessContext } from '../../../../formatter/streamless-context.ts'
import type { FilterStateValue } from '../../common/set_filter_state/filter-state-values.ts'
import { readFilterStateValues, setFilterState } from '../../common/set_filter_state/filter-state-values.ts'

/** envoy.extensions.filters.listener.set_filter_state.v3.Config. */
export function parseListenerSetFilterState(reader: Reader, context: ParseContext): readonly FilterStateValue[] {
  return readFilterStateValues(reader, 'on_accept', context)
}

/** Knows nothing of single connections: one is enough. */
export class ListenerSetFilterStateFilter implements ListenerFilter {
  readonly maxReadBytes = 0
  readonly #values: readonly FilterStateValue[]

  constructor(values: readonly FilterStateValue[]) {
    this.#values = values
  }

  onAccept({ streamInfo }: ListenerFilterCallbacks): FilterStatus {
    if (this.#values.length > 0) {
      setFilterState(this.#values, streamlessContext(streamInfo))
    }
    return 'continue'
  }
}
