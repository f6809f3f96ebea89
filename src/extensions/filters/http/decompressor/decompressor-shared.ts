/** What all streams of one configured filter share. */
import type { DecompressorSource } from '../../../../api/compression.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import type { Counter, Scope } from '../../../../api/stats.ts'
import type { DecompressorConfig } from './config.ts'

export interface DecompressorShared {
  readonly config: DecompressorConfig
  readonly runtime: Runtime
  readonly source: DecompressorSource
  readonly contentEncoding: string
  readonly requestStats: DecompressorStats
  readonly responseStats: DecompressorStats
  /** Names of the trailers that tell how much there was. */
  readonly compressedBytesTrailer: string
  readonly uncompressedBytesTrailer: string
}

export interface DecompressorStats {
  readonly decompressed: Counter
  readonly notDecompressed: Counter
  readonly totalUncompressedBytes: Counter
  readonly totalCompressedBytes: Counter
}

export function createDecompressorShared(config: DecompressorConfig, context: FactoryContext): DecompressorShared {
  const { name, extension } = config.library
  const library = extension.create(config.library.config, context)
  const scope = context.httpScope.scope(`decompressor.${name}.${library.statPrefix}`)
  return {
    config,
    runtime: context.runtime,
    source: library.withStats(scope.scope('decompressor_library.')),
    contentEncoding: library.contentEncoding,
    requestStats: createStats(scope.scope('request.')),
    responseStats: createStats(scope.scope('response.')),
    compressedBytesTrailer: `x-envoy-decompressor-${name.toLowerCase()}-compressed-bytes`,
    uncompressedBytesTrailer: `x-envoy-decompressor-${name.toLowerCase()}-uncompressed-bytes`,
  }
}

function createStats(scope: Scope): DecompressorStats {
  return {
    decompressed: scope.counter('decompressed'),
    notDecompressed: scope.counter('not_decompressed'),
    totalUncompressedBytes: scope.counter('total_uncompressed_bytes'),
    totalCompressedBytes: scope.counter('total_compressed_bytes'),
  }
}
