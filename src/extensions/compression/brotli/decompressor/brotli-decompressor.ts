/** Reads one brotli stream; what follows it is an error. */
import type { Decompressor } from '../../../../api/compression.ts'
import type { Counter, Scope } from '../../../../api/stats.ts'
import { ByteQueue } from '../../../../base/byte-queue.ts'
import type { NativeStream } from '../../common/native-stream.ts'

const NOTHING = new Uint8Array(0)
const PROCESS = 0
/** Not configurable in Envoy. */
const MAX_INFLATE_RATIO = 100

export interface BrotliDecompressorStats {
  /** Of any kind, the two below included. */
  readonly error: Counter
  readonly outputOverflow: Counter
  readonly redundantInput: Counter
}

export function createBrotliDecompressorStats(scope: Scope): BrotliDecompressorStats {
  return {
    error: scope.counter('brotli_error'),
    outputOverflow: scope.counter('brotli_output_overflow'),
    redundantInput: scope.counter('brotli_redundant_input'),
  }
}

export class BrotliDecompressor implements Decompressor {
  readonly #stream: NativeStream
  readonly #stats: BrotliDecompressorStats

  constructor(stream: NativeStream, stats: BrotliDecompressorStats) {
    this.#stream = stream
    this.#stats = stats
  }

  decompress(data: ByteQueue): void {
    const limit = data.length * MAX_INFLATE_RATIO
    const output = new ByteQueue()
    // The chunk that has just been made does not count yet.
    const withinLimit = (produced: number): boolean => output.length - produced <= limit
    // A call without input still asks for what is left to come.
    let chunk = data.shift() ?? NOTHING
    for (;;) {
      if (!this.#write(chunk, output, withinLimit)) {
        data.clear()
        break
      }
      const next = data.shift()
      if (next === undefined) break
      chunk = next
    }
    output.moveTo(data)
  }

  #write(chunk: Uint8Array, output: ByteQueue, withinLimit: (produced: number) => boolean): boolean {
    const { error, outputOverflow, redundantInput } = this.#stats
    if (!this.#stream.write(PROCESS, chunk, output, withinLimit)) {
      error.inc()
      if (this.#stream.errno === 0) outputOverflow.inc()
      return false
    }
    if (this.#stream.inputLeft === 0) return true
    error.inc()
    redundantInput.inc()
    return false
  }

  close(): void {
    this.#stream.close()
  }
}
