/** envoy.filters.http.body_size_limit: no request body is larger than so many bytes. */
import type { Extension } from '../../../../api/extension.ts'
import { BodySizeLimitFilter } from './body-size-limit-filter.ts'
import type { BodySizeLimitConfig } from './config.ts'
import { parseBodySizeLimit } from './config.ts'

export const extension: Extension<BodySizeLimitConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.body_size_limit',
  typeNames: ['envoy.extensions.filters.http.body_size_limit.v3.BodySizeLimit'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  upstream: true,
  parse: parseBodySizeLimit,
  create: ({ maxRequestBytes }) =>
    maxRequestBytes === undefined
      ? () => {}
      : (chain) => chain.addDecoderFilter(new BodySizeLimitFilter(maxRequestBytes)),
}
