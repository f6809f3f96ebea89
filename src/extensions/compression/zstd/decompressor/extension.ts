/** envoy.compression.zstd.decompressor. */
import type { Extension } from '../../../../api/extension.ts'
import { NativeStream, partsOf } from '../../common/native-stream.ts'
import type { ZstdDecompressorConfig } from './config.ts'
import { parseZstdDecompressor } from './config.ts'
import type { ZstdDecompressorStats } from './zstd-decompressor.ts'
import { createZstdDecompressorStats, ZstdDecompressor } from './zstd-decompressor.ts'

export const extension: Extension<ZstdDecompressorConfig, 'envoy.compression.decompressor'> = {
  category: 'envoy.compression.decompressor',
  name: 'envoy.compression.zstd.decompressor',
  typeNames: ['envoy.extensions.compression.zstd.decompressor.v3.Zstd'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseZstdDecompressor,
  create: ({ chunkBytes }) => ({
    contentEncoding: 'zstd',
    statPrefix: 'zstd.',
    withStats: (scope) => {
      // They appear with the first body.
      let stats: ZstdDecompressorStats | undefined
      return {
        create: () => {
          const { createZstdDecompress } = require('node:zlib') as typeof import('node:zlib')
          return new ZstdDecompressor(
            new NativeStream(partsOf(createZstdDecompress()), chunkBytes),
            (stats ??= createZstdDecompressorStats(scope)),
          )
        },
      }
    },
  }),
}
