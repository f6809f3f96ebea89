/** envoy.extensions.compression.brotli.decompressor.v3.Brotli, parsed. */
import type { Reader } from '../../../../api/config.ts'

export interface BrotliDecompressorConfig {
  readonly disableRingBufferReallocation: boolean
  readonly chunkBytes: number
}

export function parseBrotliDecompressor(reader: Reader): BrotliDecompressorConfig {
  return {
    disableRingBufferReallocation: reader.bool('disable_ring_buffer_reallocation', false),
    chunkBytes: reader.number('chunk_size', 4096),
  }
}
