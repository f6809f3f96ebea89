/** envoy.filters.http.ip_tagging: tags for clients from known address ranges. */
import type { Extension } from '../../../../api/extension.ts'
import type { IpTaggingConfig } from './config.ts'
import { parseIpTagging } from './config.ts'
import { IpTaggingFilter } from './ip-tagging-filter.ts'

export const extension: Extension<IpTaggingConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.ip_tagging',
  typeNames: ['envoy.extensions.filters.http.ip_tagging.v3.IPTagging'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseIpTagging,
  create: (config, { httpScope, runtime, random }) => {
    const shared = { config, scope: httpScope.scope('ip_tagging.'), runtime, random }
    return (chain) => chain.addDecoderFilter(new IpTaggingFilter(shared))
  },
}
