/** envoy.compression.gzip.decompressor. */
import type { Extension } from '../../../../api/extension.ts'
import { ZlibHandles } from '../../common/zlib-handles.ts'
import type { GzipDecompressorConfig } from './config.ts'
import { parseGzipDecompressor } from './config.ts'
import type { GzipDecompressorStats } from './gzip-decompressor.ts'
import { createGzipDecompressorStats, GzipDecompressor } from './gzip-decompressor.ts'

export const extension: Extension<GzipDecompressorConfig, 'envoy.compression.decompressor'> = {
  category: 'envoy.compression.decompressor',
  name: 'envoy.compression.gzip.decompressor',
  typeNames: ['envoy.extensions.compression.gzip.decompressor.v3.Gzip'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseGzipDecompressor,
  create: (config) => {
    const handles = new ZlibHandles()
    return {
      contentEncoding: 'gzip',
      statPrefix: 'gzip.',
      withStats: (scope) => {
        // They appear with the first body.
        let stats: GzipDecompressorStats | undefined
        return { create: () => new GzipDecompressor(config, handles, (stats ??= createGzipDecompressorStats(scope))) }
      },
    }
  },
}
