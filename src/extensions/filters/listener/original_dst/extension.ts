/** envoy.filters.listener.original_dst: the destination of redirected connections. */
import type { Extension } from '../../../../api/extension.ts'
import { OriginalDstFilter } from './original-dst-filter.ts'

export const extension: Extension<undefined, 'envoy.filters.listener'> = {
  category: 'envoy.filters.listener',
  name: 'envoy.filters.listener.original_dst',
  typeNames: ['envoy.extensions.filters.listener.original_dst.v3.OriginalDst'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  // The message has no fields.
  parse: () => undefined,
  create: () => {
    const filter = new OriginalDstFilter()
    return () => filter
  },
}
