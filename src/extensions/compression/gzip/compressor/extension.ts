/** envoy.compression.gzip.compressor. */
import type { Extension } from '../../../../api/extension.ts'
import { NativeCompressor } from '../../common/native-compressor.ts'
import { NativeStream } from '../../common/native-stream.ts'
import { ZlibHandles } from '../../common/zlib-handles.ts'
import type { GzipCompressorConfig } from './config.ts'
import { parseGzipCompressor } from './config.ts'

const DEFLATE_TO_GZIP = 3
const MODES = { more: 2, finish: 4 } // Z_SYNC_FLUSH, Z_FINISH

export const extension: Extension<GzipCompressorConfig, 'envoy.compression.compressor'> = {
  category: 'envoy.compression.compressor',
  name: 'envoy.compression.gzip.compressor',
  typeNames: ['envoy.extensions.compression.gzip.compressor.v3.Gzip'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseGzipCompressor,
  create: (config) => {
    const handles = new ZlibHandles()
    return {
      contentEncoding: 'gzip',
      statPrefix: 'gzip.',
      create: () =>
        new NativeCompressor(new NativeStream(handles.open(DEFLATE_TO_GZIP, config), config.chunkBytes), MODES),
    }
  },
}
