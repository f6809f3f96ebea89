import type { ByteQueue } from './bytes.ts'
import type { Scope } from './stats.ts'

/*
 * Compression libraries, as the filters that use them see them. Every call is synchronous and on the thread of the
 * stream; native memory is given back by `close`, which the owner calls exactly once.
 */

export interface CompressorFactory {
  /** What content-encoding says: `gzip`, `br`, `zstd`. */
  readonly contentEncoding: string
  /** Part of the names of the filter's statistics, with its dot: `gzip.`. */
  readonly statPrefix: string
  create(): Compressor
}

export interface Compressor {
  /** Puts the compressed form in the place of `data`. `finish`: nothing comes after it. */
  compress(data: ByteQueue, finish: boolean): void
  close(): void
}

export interface DecompressorFactory {
  readonly contentEncoding: string
  /** As in `CompressorFactory`. */
  readonly statPrefix: string
  /** Once a filter: `scope` is where the library counts its errors. */
  withStats(scope: Scope): DecompressorSource
}

export interface DecompressorSource {
  create(): Decompressor
}

export interface Decompressor {
  /**
   * Puts the plain form in the place of `data`. What cannot be read, or grows beyond the limit, is counted and left
   * out; the call never throws and never makes more than its limit and one chunk.
   */
  decompress(data: ByteQueue): void
  close(): void
}
