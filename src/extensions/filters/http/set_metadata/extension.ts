/** envoy.filters.http.set_metadata: static values for the dynamic metadata of requests. */
import type { Extension } from '../../../../api/extension.ts'
import type { Counter } from '../../../../api/stats.ts'
import type { SetMetadataEntry } from './config.ts'
import { parseSetMetadata } from './config.ts'
import { SetMetadataFilter } from './set-metadata-filter.ts'

const TYPE = 'envoy.extensions.filters.http.set_metadata.v3.Config'

export const extension: Extension<readonly SetMetadataEntry[], 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.set_metadata',
  typeNames: [TYPE],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  perRoute: { typeName: TYPE, parse: parseSetMetadata },
  parse: parseSetMetadata,
  create: (entries, { httpScope, scope }) => {
    const denied = httpScope.scope('set_metadata.').counter('overwrite_denied')
    let deniedOfRoutes: Counter | undefined
    // Where no route says anything there is no such counter.
    const ofRoutes = (): Counter => (deniedOfRoutes ??= scope.scope('set_metadata.').counter('overwrite_denied'))
    return (chain) => chain.addDecoderFilter(new SetMetadataFilter(entries, denied, ofRoutes))
  },
}
