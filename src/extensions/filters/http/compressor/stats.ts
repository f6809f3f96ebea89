/** `<http prefix>compressor.<name of the library>.<prefix of the library>.`, and below it `request.` and `response.`. */
import type { Counter, Scope } from '../../../../api/stats.ts'

export interface DirectionStats {
  readonly compressed: Counter
  readonly notCompressed: Counter
  readonly totalUncompressedBytes: Counter
  readonly totalCompressedBytes: Counter
  readonly contentLengthTooSmall: Counter
}

/** About what clients accept and upstreams say; of responses only. */
export interface ResponseStats {
  readonly noAcceptHeader: Counter
  readonly headerIdentity: Counter
  readonly headerCompressorUsed: Counter
  readonly headerCompressorOvershadowed: Counter
  readonly headerWildcard: Counter
  readonly headerNotValid: Counter
  readonly notCompressedEtag: Counter
}

export function createDirectionStats(scope: Scope): DirectionStats {
  return {
    compressed: scope.counter('compressed'),
    notCompressed: scope.counter('not_compressed'),
    totalUncompressedBytes: scope.counter('total_uncompressed_bytes'),
    totalCompressedBytes: scope.counter('total_compressed_bytes'),
    contentLengthTooSmall: scope.counter('content_length_too_small'),
  }
}

export function createResponseStats(scope: Scope): ResponseStats {
  return {
    noAcceptHeader: scope.counter('no_accept_header'),
    headerIdentity: scope.counter('header_identity'),
    headerCompressorUsed: scope.counter('header_compressor_used'),
    headerCompressorOvershadowed: scope.counter('header_compressor_overshadowed'),
    headerWildcard: scope.counter('header_wildcard'),
    headerNotValid: scope.counter('header_not_valid'),
    notCompressedEtag: scope.counter('not_compressed_etag'),
  }
}
