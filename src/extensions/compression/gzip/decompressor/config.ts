/** envoy.extensions.compression.gzip.decompressor.v3.Gzip, parsed. */
import type { Reader } from '../../../../api/config.ts'

export interface GzipDecompressorConfig {
  readonly windowBits: number
  readonly chunkBytes: number
  /** Output may be so many times as large as the input that it comes from. */
  readonly maxInflateRatio: number
}

export function parseGzipDecompressor(reader: Reader): GzipDecompressorConfig {
  return {
    windowBits: reader.number('window_bits', 15),
    chunkBytes: reader.number('chunk_size', 4096),
    maxInflateRatio: reader.number('max_inflate_ratio', 100),
  }
}
