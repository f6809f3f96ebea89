/** envoy.filters.http.set_metadata: static values for the dynamic metadata of requests. */
import type { Extension } from '../../../../api/extension.ts'
import type { SetMetadataEntry } from './config.ts'
import { parseSetMetadata } from './config.ts'
import { SetMetadataFilter } from './set-metadata-filter.ts'

export const extension: Extension<readonly SetMetadataEntry[], 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.set_metadata',
  typeNames: ['envoy.extensions.filters.http.set_metadata.v3.Config'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseSetMetadata,
  create: (entries, { httpScope }) => {
    const overwriteDenied = httpScope.scope('set_metadata.').counter('overwrite_denied')
    return (chain) => chain.addDecoderFilter(new SetMetadataFilter(entries, overwriteDenied))
  },
}
