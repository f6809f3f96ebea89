/** envoy.filters.http.buffer: requests go upstream whole. */
import type { Extension } from '../../../../api/extension.ts'
import { BufferFilter } from './buffer-filter.ts'
import type { BufferConfig } from './config.ts'
import { parseBuffer, parseBufferPerRoute } from './config.ts'

export const extension: Extension<BufferConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.buffer',
  typeNames: ['envoy.extensions.filters.http.buffer.v3.Buffer'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  upstream: true,
  perRoute: { typeName: 'envoy.extensions.filters.http.buffer.v3.BufferPerRoute', parse: parseBufferPerRoute },
  parse: parseBuffer,
  create: (config) => (chain) => chain.addDecoderFilter(new BufferFilter(config)),
}
