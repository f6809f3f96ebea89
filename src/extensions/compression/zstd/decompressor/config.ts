/** envoy.extensions.compression.zstd.decompressor.v3.Zstd, parsed. `dictionaries` are refused: the runtime takes none. */
import type { Reader } from '../../../../api/config.ts'

export interface ZstdDecompressorConfig {
  readonly chunkBytes: number
}

export function parseZstdDecompressor(reader: Reader): ZstdDecompressorConfig {
  // ZSTD_DStreamOutSize()
  return { chunkBytes: reader.number('chunk_size', 131_072) }
}
