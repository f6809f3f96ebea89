/** envoy.http.original_ip_detection.custom_header: a header names the client. */
import type { Extension } from '../../../../api/extension.ts'
import { readRefusalStatus } from '../../../../config/http-status.ts'
import type { CustomHeaderConfig } from './custom-header-detector.ts'
import { CustomHeaderDetector } from './custom-header-detector.ts'

export const extension: Extension<CustomHeaderConfig, 'envoy.http.original_ip_detection'> = {
  category: 'envoy.http.original_ip_detection',
  name: 'envoy.http.original_ip_detection.custom_header',
  typeNames: ['envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader) => ({
    headerName: reader.string('header_name').toLowerCase(),
    trusted: reader.bool('allow_extension_to_set_address_as_trusted', false),
    refusal: reader.message('reject_with_status', readRefusalStatus),
  }),
  create: (config) => new CustomHeaderDetector(config),
}
