/** An entry of http_filters whose configuration comes from elsewhere. */
import type { FactoryContext } from '../api/extension.ts'
import type { DecoderCallbacks, DecoderFilter, HeadersStatus, HttpFilterFactory } from '../api/http.ts'
import { DynamicFilter } from '../config/filter-discovery/dynamic-filter.ts'
import type { FilterDiscoveryConfig } from '../config/filter-discovery/filter-discovery-config.ts'

/** On the thread that will use it. Streams that have begun keep the filter that they have. */
export function createDynamicHttpFilter(
  config: FilterDiscoveryConfig<'http_filter' | 'upstream_http_filter'>,
  context: FactoryContext,
): HttpFilterFactory {
  const filter = new DynamicFilter(config, context)
  return (chain) => {
    if (filter.product === undefined) chain.addDecoderFilter(new MissingConfigFilter())
    else filter.product(chain)
  }
}

/** Stands where nothing has come yet, and refuses. */
class MissingConfigFilter implements DecoderFilter {
  #callbacks: DecoderCallbacks | undefined = undefined

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#callbacks = callbacks
  }

  decodeHeaders(): HeadersStatus {
    this.#callbacks?.sendLocalReply({ status: 500, body: '', details: '', flag: 'NFCF' })
    return 'stop-iteration'
  }

  decodeData(): 'continue' {
    return 'continue'
  }

  decodeTrailers(): 'continue' {
    return 'continue'
  }

  onDestroy(): void {
    this.#callbacks = undefined
  }
}
