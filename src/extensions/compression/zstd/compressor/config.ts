/** envoy.extensions.compression.zstd.compressor.v3.Zstd, parsed. `dictionary` is refused: the runtime takes none. */
import type { Reader } from '../../../../api/config.ts'

export interface ZstdCompressorConfig {
  /** Numbers of node:zlib: parameter → value. */
  readonly parameters: Readonly<Record<number, number>>
  readonly chunkBytes: number
}

const PARAMETER = { level: 100, strategy: 107, checksum: 201 } as const
const STRATEGIES: readonly string[] = [
  'DEFAULT',
  'FAST',
  'DFAST',
  'GREEDY',
  'LAZY',
  'LAZY2',
  'BTLAZY2',
  'BTOPT',
  'BTULTRA',
  'BTULTRA2',
]

export function parseZstdCompressor(reader: Reader): ZstdCompressorConfig {
  const strategy = STRATEGIES.indexOf(reader.enumeration('strategy', 'DEFAULT'))
  return {
    parameters: {
      [PARAMETER.level]: reader.number('compression_level', 3),
      [PARAMETER.checksum]: reader.bool('enable_checksum', false) ? 1 : 0,
      ...(strategy > 0 ? { [PARAMETER.strategy]: strategy } : {}),
    },
    // ZSTD_CStreamOutSize()
    chunkBytes: reader.number('chunk_size', 131_591),
  }
}
