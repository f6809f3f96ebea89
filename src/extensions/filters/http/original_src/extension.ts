/** envoy.filters.http.original_src: upstreams see the client's address. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension } from '../../../../api/extension.ts'
import { HttpOriginalSrcFilter } from './original-src-filter.ts'

export const extension: Extension<number, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.original_src',
  typeNames: ['envoy.extensions.filters.http.original_src.v3.OriginalSrc'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: (reader: Reader) => reader.number('mark', 0),
  create: (mark) => (chain) => chain.addDecoderFilter(new HttpOriginalSrcFilter(mark)),
}
