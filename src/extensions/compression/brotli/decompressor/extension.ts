/** envoy.compression.brotli.decompressor. */
import type { Extension } from '../../../../api/extension.ts'
import { NativeStream, partsOf } from '../../common/native-stream.ts'
import type { BrotliDecompressorStats } from './brotli-decompressor.ts'
import { BrotliDecompressor, createBrotliDecompressorStats } from './brotli-decompressor.ts'
import type { BrotliDecompressorConfig } from './config.ts'
import { parseBrotliDecompressor } from './config.ts'

const DISABLE_RING_BUFFER_REALLOCATION = 0

export const extension: Extension<BrotliDecompressorConfig, 'envoy.compression.decompressor'> = {
  category: 'envoy.compression.decompressor',
  name: 'envoy.compression.brotli.decompressor',
  typeNames: ['envoy.extensions.compression.brotli.decompressor.v3.Brotli'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseBrotliDecompressor,
  create: ({ disableRingBufferReallocation, chunkBytes }) => {
    const params = { [DISABLE_RING_BUFFER_REALLOCATION]: disableRingBufferReallocation ? 1 : 0 }
    return {
      contentEncoding: 'br',
      statPrefix: 'brotli.',
      withStats: (scope) => {
        // They appear with the first body.
        let stats: BrotliDecompressorStats | undefined
        return {
          create: () => {
            const { createBrotliDecompress } = require('node:zlib') as typeof import('node:zlib')
            return new BrotliDecompressor(
              new NativeStream(partsOf(createBrotliDecompress({ params })), chunkBytes),
              (stats ??= createBrotliDecompressorStats(scope)),
            )
          },
        }
      },
    }
  },
}
