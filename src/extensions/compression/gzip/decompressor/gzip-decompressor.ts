/** Reads one gzip member; what follows it is left out, as in Envoy. */
import type { Decompressor } from '../../../../api/compression.ts'
import type { Counter, Scope } from '../../../../api/stats.ts'
import { ByteQueue } from '../../../../base/byte-queue.ts'
import { NativeStream } from '../../common/native-stream.ts'
import type { ZlibHandles } from '../../common/zlib-handles.ts'
import type { GzipDecompressorConfig } from './config.ts'

const INFLATE = 2
/** Added to the window bits: only a gzip header will do. */
const GZIP_HEADER = 16
const NO_FLUSH = 0

/** By zlib's error numbers, -1 first. */
export interface GzipDecompressorStats {
  readonly byErrno: readonly Counter[]
  readonly dataError: Counter
}

const NAMES = [
  'zlib_errno',
  'zlib_stream_error',
  'zlib_data_error',
  'zlib_mem_error',
  'zlib_buf_error',
  'zlib_version_error',
]

export function createGzipDecompressorStats(scope: Scope): GzipDecompressorStats {
  const byErrno = NAMES.map((name) => scope.counter(name))
  return { byErrno, dataError: byErrno[2]! }
}

export class GzipDecompressor implements Decompressor {
  readonly #stream: NativeStream
  readonly #ratio: number
  readonly #stats: GzipDecompressorStats

  constructor(config: GzipDecompressorConfig, handles: ZlibHandles, stats: GzipDecompressorStats) {
    const { windowBits, chunkBytes, maxInflateRatio } = config
    this.#stream = new NativeStream(handles.open(INFLATE, { windowBits: windowBits + GZIP_HEADER }), chunkBytes)
    this.#ratio = maxInflateRatio
    this.#stats = stats
  }

  decompress(data: ByteQueue): void {
    if (data.length === 0) return
    const limit = data.length * this.#ratio
    const output = new ByteQueue()
    const withinLimit = (_produced: number, full: boolean): boolean => !full || output.length <= limit
    for (let chunk = data.shift(); chunk !== undefined; chunk = data.shift()) {
      if (this.#stream.write(NO_FLUSH, chunk, output, withinLimit)) continue
      ;(this.#stats.byErrno[-this.#stream.errno - 1] ?? this.#stats.dataError).inc()
      data.clear()
    }
    output.moveTo(data)
  }

  close(): void {
    this.#stream.close()
  }
}
