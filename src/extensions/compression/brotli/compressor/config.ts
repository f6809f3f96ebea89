/** envoy.extensions.compression.brotli.compressor.v3.Brotli, parsed. */
import type { Reader } from '../../../../api/config.ts'

export interface BrotliCompressorConfig {
  /** Numbers of node:zlib: parameter → value. */
  readonly parameters: Readonly<Record<number, number>>
  readonly chunkBytes: number
}

const PARAMETER = { mode: 0, quality: 1, windowBits: 2, blockBits: 3, noContextModeling: 4 } as const
const MODES: Readonly<Record<string, number>> = { DEFAULT: 0, GENERIC: 0, TEXT: 1, FONT: 2 }

export function parseBrotliCompressor(reader: Reader): BrotliCompressorConfig {
  return {
    parameters: {
      [PARAMETER.mode]: MODES[reader.enumeration('encoder_mode', 'DEFAULT')] ?? 0,
      [PARAMETER.quality]: reader.number('quality', 3),
      [PARAMETER.windowBits]: reader.number('window_bits', 18),
      [PARAMETER.blockBits]: reader.number('input_block_bits', 24),
      [PARAMETER.noContextModeling]: reader.bool('disable_literal_context_modeling', false) ? 1 : 0,
    },
    chunkBytes: reader.number('chunk_size', 4096),
  }
}
