/** Reads zstd frames, one after the other. */
import type { Decompressor } from '../../../../api/compression.ts'
import type { Counter, Scope } from '../../../../api/stats.ts'
import { ByteQueue } from '../../../../base/byte-queue.ts'
import type { NativeStream } from '../../common/native-stream.ts'

const CONTINUE = 0
/** Not configurable in Envoy. */
const MAX_INFLATE_RATIO = 100

/** ZSTD_ErrorCode. */
const CHECKSUM_WRONG = 22
const DICTIONARY_CORRUPTED = 30
const DICTIONARY_WRONG = 32
const MEMORY_ALLOCATION = 64

export interface ZstdDecompressorStats {
  readonly generic: Counter
  readonly dictionary: Counter
  readonly checksum: Counter
  readonly memory: Counter
}

export function createZstdDecompressorStats(scope: Scope): ZstdDecompressorStats {
  return {
    generic: scope.counter('zstd_generic_error'),
    dictionary: scope.counter('zstd_dictionary_error'),
    checksum: scope.counter('zstd_checksum_wrong_error'),
    memory: scope.counter('zstd_memory_error'),
  }
}

export class ZstdDecompressor implements Decompressor {
  readonly #stream: NativeStream
  readonly #stats: ZstdDecompressorStats

  constructor(stream: NativeStream, stats: ZstdDecompressorStats) {
    this.#stream = stream
    this.#stats = stats
  }

  decompress(data: ByteQueue): void {
    const limit = data.length * MAX_INFLATE_RATIO
    const output = new ByteQueue()
    const withinLimit = (): boolean => output.length <= limit
    for (let chunk = data.shift(); chunk !== undefined; chunk = data.shift()) {
      if (this.#writeWhole(chunk, output, withinLimit)) continue
      this.#counterOf(this.#stream.errno).inc()
      data.clear()
    }
    output.moveTo(data)
  }

  close(): void {
    this.#stream.close()
  }

  /** A write ends with a frame when no other one seems to follow; what follows is asked for all the same. */
  #writeWhole(chunk: Uint8Array, output: ByteQueue, afterWrite: () => boolean): boolean {
    if (!this.#stream.write(CONTINUE, chunk, output, afterWrite)) return false
    const { inputLeft } = this.#stream
    return inputLeft === 0 || this.#stream.write(CONTINUE, chunk.subarray(-inputLeft), output, afterWrite)
  }

  #counterOf(errno: number): Counter {
    switch (errno) {
      case CHECKSUM_WRONG:
        return this.#stats.checksum
      case DICTIONARY_CORRUPTED:
      case DICTIONARY_WRONG:
        return this.#stats.dictionary
      case MEMORY_ALLOCATION:
        return this.#stats.memory
      default:
        return this.#stats.generic
    }
  }
}
