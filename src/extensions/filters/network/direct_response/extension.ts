/** envoy.filters.network.direct_response: every connection gets the same answer. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension } from '../../../../api/extension.ts'
import { readDataSource } from '../../../../config/data-source.ts'
import { DirectResponseFilter } from './direct-response-filter.ts'

export const extension: Extension<Uint8Array, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.direct_response',
  typeNames: ['envoy.extensions.filters.network.direct_response.v3.Config'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  terminal: true,
  parse: (reader: Reader) => reader.message('response', readDataSource) ?? new Uint8Array(0),
  create: (response) => (chain) => chain.addReadFilter(new DirectResponseFilter(chain.connection, response)),
}
