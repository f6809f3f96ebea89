/** envoy.filters.listener.original_src: upstreams see the client's address. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension } from '../../../../api/extension.ts'
import { OriginalSrcFilter } from './original-src-filter.ts'

export const extension: Extension<number, 'envoy.filters.listener'> = {
  category: 'envoy.filters.listener',
  name: 'envoy.filters.listener.original_src',
  typeNames: ['envoy.extensions.filters.listener.original_src.v3.OriginalSrc'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: (reader: Reader) => {
    reader.ignore('bind_port', 'does nothing in Envoy')
    return reader.number('mark', 0)
  },
  create: (mark) => {
    const filter = new OriginalSrcFilter(mark)
    return () => filter
  },
}
