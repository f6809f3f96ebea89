/** envoy.filters.http.header_to_metadata: headers and cookies as dynamic metadata. */
import type { Extension } from '../../../../api/extension.ts'
import type { HeaderToMetadataConfig } from './config.ts'
import { parseHeaderToMetadata, parseHeaderToMetadataPerRoute } from './config.ts'
import { HeaderToMetadataFilter } from './header-to-metadata-filter.ts'
import { RuleStatsTable } from './rule-stats.ts'

const TYPE = 'envoy.extensions.filters.http.header_to_metadata.v3.Config'

export const extension: Extension<HeaderToMetadataConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.header_to_metadata',
  typeNames: [TYPE],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  perRoute: { typeName: TYPE, parse: parseHeaderToMetadataPerRoute },
  parse: parseHeaderToMetadata,
  create: (config, { scope }) => {
    const stats = new RuleStatsTable(scope)
    stats.get(config.statPrefix)
    return (chain) => chain.addFilter(new HeaderToMetadataFilter(config, stats))
  },
}
