/** envoy.filters.http.compressor. */
import type { Extension } from '../../../../api/extension.ts'
import { CompressorFilter } from './compressor-filter.ts'
import { CompressorShared } from './compressor-shared.ts'
import type { CompressorConfig } from './config.ts'
import { parseCompressor, parseCompressorPerRoute } from './config.ts'

export const extension: Extension<CompressorConfig | undefined, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.compressor',
  typeNames: ['envoy.extensions.filters.http.compressor.v3.Compressor'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  upstream: true,
  perRoute: {
    typeName: 'envoy.extensions.filters.http.compressor.v3.CompressorPerRoute',
    parse: parseCompressorPerRoute,
  },
  parse: parseCompressor,
  create: (config, context) => {
    // Undefined only where the library was refused, and then nothing is created.
    const shared = new CompressorShared(config!, context)
    return (chain) => chain.addFilter(new CompressorFilter(shared))
  },
}
