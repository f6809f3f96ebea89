/** envoy.compression.zstd.compressor. */
import type { Extension } from '../../../../api/extension.ts'
import { NativeCompressor } from '../../common/native-compressor.ts'
import { NativeStream, partsOf } from '../../common/native-stream.ts'
import type { ZstdCompressorConfig } from './config.ts'
import { parseZstdCompressor } from './config.ts'

/** ZSTD_e_continue and ZSTD_e_end. Envoy does not flush: a block leaves when it is full or the last. */
const MODES = { more: 0, finish: 2 }

export const extension: Extension<ZstdCompressorConfig, 'envoy.compression.compressor'> = {
  category: 'envoy.compression.compressor',
  name: 'envoy.compression.zstd.compressor',
  typeNames: ['envoy.extensions.compression.zstd.compressor.v3.Zstd'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseZstdCompressor,
  create: ({ parameters, chunkBytes }) => ({
    contentEncoding: 'zstd',
    statPrefix: 'zstd.',
    create: () => {
      const { createZstdCompress } = require('node:zlib') as typeof import('node:zlib')
      return new NativeCompressor(
        new NativeStream(partsOf(createZstdCompress({ params: parameters })), chunkBytes),
        MODES,
      )
    },
  }),
}
