/** envoy.filters.http.cdn_loop: requests that go round between CDNs are stopped. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension } from '../../../../api/extension.ts'
import { isCdnId } from './cdn-loop-header.ts'
import type { CdnLoopConfig } from './cdn-loop-filter.ts'
import { CdnLoopFilter } from './cdn-loop-filter.ts'

export const extension: Extension<CdnLoopConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.cdn_loop',
  typeNames: ['envoy.extensions.filters.http.cdn_loop.v3.CdnLoopConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: (reader: Reader) => {
    const cdnId = reader.string('cdn_id')
    if (cdnId !== '' && !isCdnId(cdnId)) {
      reader.error('cdn_id', 'NU176', `Provided cdn_id "${cdnId}" is not a valid CDN identifier`)
    }
    return { cdnId, maxAllowedOccurrences: reader.number('max_allowed_occurrences', 0) }
  },
  create: (config) => (chain) => chain.addDecoderFilter(new CdnLoopFilter(config)),
}
