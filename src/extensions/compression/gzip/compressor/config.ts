/** envoy.extensions.compression.gzip.compressor.v3.Gzip, parsed. */
import type { Reader } from '../../../../api/config.ts'

export interface GzipCompressorConfig {
  /** -1: the library's default. */
  readonly level: number
  readonly strategy: number
  readonly windowBits: number
  readonly memoryLevel: number
  readonly chunkBytes: number
}

/** The others are COMPRESSION_LEVEL_2 to _9; the names of a number other than its first never come here. */
const LEVELS: Readonly<Record<string, number>> = { DEFAULT_COMPRESSION: -1, BEST_SPEED: 1 }
const STRATEGIES: readonly string[] = ['DEFAULT_STRATEGY', 'FILTERED', 'HUFFMAN_ONLY', 'RLE', 'FIXED']

export function parseGzipCompressor(reader: Reader): GzipCompressorConfig {
  const level = reader.enumeration('compression_level', 'DEFAULT_COMPRESSION')
  return {
    level: LEVELS[level] ?? Number(level.slice(-1)),
    strategy: STRATEGIES.indexOf(reader.enumeration('compression_strategy', 'DEFAULT_STRATEGY')),
    windowBits: reader.number('window_bits', 12),
    memoryLevel: reader.number('memory_level', 5),
    chunkBytes: reader.number('chunk_size', 4096),
  }
}
