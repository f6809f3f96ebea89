/** The body of one direction on its way through: made plain, and both sizes kept. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import { ByteQueue as Queue } from '../../../../base/byte-queue.ts'
import type { Decompressor } from '../../../../api/compression.ts'
import type { Trailers } from '../../../../api/headers.ts'
import type { DecompressorShared, DecompressorStats } from './decompressor-shared.ts'

export class BodyDecompressor {
  readonly #shared: DecompressorShared
  readonly #stats: DecompressorStats
  readonly #decompressor: Decompressor
  #compressedBytes = 0
  #uncompressedBytes = 0

  constructor(shared: DecompressorShared, stats: DecompressorStats) {
    this.#shared = shared
    this.#stats = stats
    this.#decompressor = shared.source.create()
  }

  /** `endsApart`: the library is asked once more behind the last bytes. */
  take(data: ByteQueue, endsApart: boolean): void {
    const before = data.length
    this.#decompressor.decompress(data)
    if (endsApart && before > 0) {
      const rest = new Queue()
      this.#decompressor.decompress(rest)
      rest.moveTo(data)
    }
    this.#compressedBytes += before
    this.#uncompressedBytes += data.length
    this.#stats.totalCompressedBytes.add(before)
    this.#stats.totalUncompressedBytes.add(data.length)
  }

  report(trailers: Trailers): void {
    trailers.set(this.#shared.compressedBytesTrailer, String(this.#compressedBytes))
    trailers.set(this.#shared.uncompressedBytesTrailer, String(this.#uncompressedBytes))
  }

  close(): void {
    this.#decompressor.close()
  }
}
