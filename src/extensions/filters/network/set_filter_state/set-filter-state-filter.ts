/** Leaves objects in a connection's filter state when it begins, and when its first bytes come. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { Connection, FilterStatus, ReadFilter } from '../../../../api/network.ts'
import { streamlessContext } from '../../../../formatter/streamless-context.ts'
import type { FilterStateValue } from '../../common/set_filter_state/filter-state-values.ts'
import { readFilterStateValues, setFilterState } from '../../common/set_filter_state/filter-state-values.ts'

/** envoy.extensions.filters.network.set_filter_state.v3.Config. */
export interface NetworkSetFilterStateConfig {
  readonly onNewConnection: readonly FilterStateValue[]
  readonly onDownstreamData: readonly FilterStateValue[]
}

export function parseNetworkSetFilterState(reader: Reader, context: ParseContext): NetworkSetFilterStateConfig {
  return {
    onNewConnection: readFilterStateValues(reader, 'on_new_connection', context),
    onDownstreamData: readFilterStateValues(reader, 'on_downstream_data', context),
  }
}

export class NetworkSetFilterStateFilter implements ReadFilter {
  readonly #config: NetworkSetFilterStateConfig
  readonly #connection: Connection
  #hasData = false

  constructor(config: NetworkSetFilterStateConfig, connection: Connection) {
    this.#config = config
    this.#connection = connection
  }

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    this.#apply(this.#config.onNewConnection)
    return 'continue'
  }

  onData(): FilterStatus {
    if (this.#hasData) return 'continue'
    this.#hasData = true
    this.#apply(this.#config.onDownstreamData)
    return 'continue'
  }

  #apply(values: readonly FilterStateValue[]): void {
    if (values.length === 0) return
    const { streamInfo } = this.#connection
    setFilterState(values, streamlessContext(streamInfo))
  }
}
