/** A compressor of any library: body in, flushed as often as it comes, and a last piece. */
import type { Compressor } from '../../../api/compression.ts'
import { ByteQueue } from '../../../base/byte-queue.ts'
import type { NativeStream } from './native-stream.ts'

const NOTHING = new Uint8Array(0)
/** The same number in all three libraries: take it, and give what comes by itself. */
const NO_FLUSH = 0

export interface FlushModes {
  /** For body after which more may come. */
  readonly more: number
  readonly finish: number
}

export class NativeCompressor implements Compressor {
  readonly #stream: NativeStream
  readonly #modes: FlushModes

  constructor(stream: NativeStream, modes: FlushModes) {
    this.#stream = stream
    this.#modes = modes
  }

  compress(data: ByteQueue, finish: boolean): void {
    const output = new ByteQueue()
    const mode = finish ? this.#modes.finish : this.#modes.more
    let chunk = data.shift()
    if (chunk === undefined && finish) chunk = NOTHING
    for (; chunk !== undefined; chunk = data.shift()) {
      this.#stream.write(data.length > 0 ? NO_FLUSH : mode, chunk, output)
    }
    output.moveTo(data)
  }

  close(): void {
    this.#stream.close()
  }
}
