/** envoy.compression.brotli.compressor. */
import type { Extension } from '../../../../api/extension.ts'
import { NativeCompressor } from '../../common/native-compressor.ts'
import { NativeStream, partsOf } from '../../common/native-stream.ts'
import type { BrotliCompressorConfig } from './config.ts'
import { parseBrotliCompressor } from './config.ts'

const MODES = { more: 1, finish: 2 } // BROTLI_OPERATION_FLUSH, _FINISH

export const extension: Extension<BrotliCompressorConfig, 'envoy.compression.compressor'> = {
  category: 'envoy.compression.compressor',
  name: 'envoy.compression.brotli.compressor',
  typeNames: ['envoy.extensions.compression.brotli.compressor.v3.Brotli'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseBrotliCompressor,
  create: ({ parameters, chunkBytes }) => ({
    contentEncoding: 'br',
    statPrefix: 'brotli.',
    create: () => {
      const { createBrotliCompress } = require('node:zlib') as typeof import('node:zlib')
      return new NativeCompressor(
        new NativeStream(partsOf(createBrotliCompress({ params: parameters })), chunkBytes),
        MODES,
      )
    },
  }),
}
