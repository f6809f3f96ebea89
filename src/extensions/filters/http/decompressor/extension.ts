/** envoy.filters.http.decompressor. */
import type { Extension } from '../../../../api/extension.ts'
import type { DecompressorConfig } from './config.ts'
import { parseDecompressor } from './config.ts'
import { DecompressorFilter } from './decompressor-filter.ts'
import { createDecompressorShared } from './decompressor-shared.ts'

export const extension: Extension<DecompressorConfig | undefined, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.decompressor',
  typeNames: ['envoy.extensions.filters.http.decompressor.v3.Decompressor'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseDecompressor,
  create: (config, context) => {
    // Undefined only where the library was refused, and then nothing is created.
    const shared = createDecompressorShared(config!, context)
    return (chain) => chain.addFilter(new DecompressorFilter(shared))
  },
}
