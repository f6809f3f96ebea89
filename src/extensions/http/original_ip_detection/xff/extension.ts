/** envoy.http.original_ip_detection.xff: x-forwarded-for names the client. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension } from '../../../../api/extension.ts'
import { readCidrRange } from '../../../../config/cidr-range.ts'
import type { XffConfig } from './xff-detector.ts'
import { XffDetector } from './xff-detector.ts'

export const extension: Extension<XffConfig, 'envoy.http.original_ip_detection'> = {
  category: 'envoy.http.original_ip_detection',
  name: 'envoy.http.original_ip_detection.xff',
  typeNames: ['envoy.extensions.http.original_ip_detection.xff.v3.XffConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseXff,
  create: (config) => new XffDetector(config),
}

function parseXff(reader: Reader): XffConfig {
  const trustedHops = reader.number('xff_num_trusted_hops', 0)
  const trustedRanges = reader.message('xff_trusted_cidrs', (cidrs) => cidrs.messages('cidrs', readCidrRange))
  if (trustedHops > 0 && trustedRanges !== undefined) {
    reader.error('xff_trusted_cidrs', 'NU172', 'Cannot set both xff_num_trusted_hops and xff_trusted_cidrs')
  }
  return { trustedHops, trustedRanges: trustedRanges ?? [], skipAppend: reader.bool('skip_xff_append', true) }
}
