/** Leaves objects for other filters and for the log when a request's head comes. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import { mutationContext } from '../../../../router/header-mutations.ts'
import type { FilterStateValue } from '../../common/set_filter_state/filter-state-values.ts'
import { readFilterStateValues, setFilterState } from '../../common/set_filter_state/filter-state-values.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'

/** envoy.extensions.filters.http.set_filter_state.v3.Config, of the filter and of each level of the route. */
export interface SetFilterStateConfig {
  readonly values: readonly FilterStateValue[]
  readonly clearsRouteCache: boolean
}

export function parseSetFilterState(reader: Reader, context: ParseContext): SetFilterStateConfig {
  return {
    values: readFilterStateValues(reader, 'on_request_headers', context),
    clearsRouteCache: reader.bool('clear_route_cache', false),
  }
}

export class SetFilterStateFilter extends PassThroughDecoderFilter {
  readonly #config: SetFilterStateConfig

  constructor(config: SetFilterStateConfig) {
    super()
    this.#config = config
  }

  /** The filter's own first, then those of the levels of the route, the most specific last. */
  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    this.#apply(this.#config, headers)
    let clears = this.#config.clearsRouteCache
    for (const config of this.callbacks.perRouteConfigs as readonly SetFilterStateConfig[]) {
      this.#apply(config, headers)
      clears ||= config.clearsRouteCache
    }
    if (clears) this.callbacks.clearRouteCache()
    return 'continue'
  }

  #apply({ values }: SetFilterStateConfig, request: RequestHeaders): void {
    if (values.length === 0) return
    setFilterState(values, mutationContext(request, undefined, this.callbacks.streamInfo))
  }
}
