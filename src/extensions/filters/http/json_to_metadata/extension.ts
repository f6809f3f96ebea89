/** envoy.filters.http.json_to_metadata: values of JSON bodies as dynamic metadata. */
import type { Extension } from '../../../../api/extension.ts'
import type { JsonToMetadataConfig } from './config.ts'
import { parseJsonToMetadata, parseRouteJsonToMetadata } from './config.ts'
import { JsonToMetadataFilter } from './json-to-metadata-filter.ts'
import { createStats } from './json-to-metadata-stats.ts'

const TYPE = 'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata'

export const extension: Extension<JsonToMetadataConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.json_to_metadata',
  typeNames: [TYPE],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  perRoute: { typeName: TYPE, parse: parseRouteJsonToMetadata },
  parse: parseJsonToMetadata,
  create: (config, { scope }) => {
    const stats = createStats(scope)
    return (chain) => chain.addFilter(new JsonToMetadataFilter(config, stats))
  },
}
