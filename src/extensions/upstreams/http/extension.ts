/**
 * envoy.upstreams.http.http_protocol_options: how a cluster speaks HTTP. Clusters read it themselves, by the type in
 * `typed_extension_protocol_options`; this record makes it known.
 */
import type { Extension } from '../../../api/extension.ts'
import type { UpstreamHttpSettings } from '../../../upstream/config/http-settings.ts'
import { readHttpProtocolOptions } from '../../../upstream/config/http-settings.ts'

export const extension: Extension<UpstreamHttpSettings, 'envoy.upstream_options'> = {
  category: 'envoy.upstream_options',
  name: 'envoy.upstreams.http.http_protocol_options',
  typeNames: ['envoy.extensions.upstreams.http.v3.HttpProtocolOptions'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: readHttpProtocolOptions,
  create: (config) => config,
}
