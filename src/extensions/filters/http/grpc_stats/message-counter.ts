/** Counts the messages that begin in a body of gRPC's frames: five bytes of head (a flag, then the length), then the message. */
import type { ByteQueue } from '../../../../api/bytes.ts'

const HEAD_BYTES = 5
/** Of the Connect protocol: a frame that says how the stream ended, instead of trailers. */
const END_OF_STREAM = 0x02
/** What is kept of such a frame. */
const LARGEST_END = 65_536

export class MessageCounter {
  /** Messages so far. */
  count = 0
  /** Bytes of the present head that were seen. */
  #headSeen = 0
  #length = 0
  /** Bytes of the present message that are still to come. */
  #left = 0
  /** Whether a frame may end the stream: in responses. It is no message, and nothing behind it is one. */
  readonly #mayEnd: boolean
  #end: Uint8Array[] | undefined = undefined
  #isComplete = false

  constructor(mayEnd = false) {
    this.#mayEnd = mayEnd
  }

  /** How many messages begin in `data`. */
  inspect(data: ByteQueue): number {
    const before = this.count
    data.forEach((chunk) => this.#read(chunk))
    return this.count - before
  }

  /** What the frame that ended the stream says; undefined without one, or as long as it is not complete. */
  end(): Uint8Array | undefined {
    return this.#isComplete && this.#length <= LARGEST_END ? Buffer.concat(this.#end ?? []) : undefined
  }

  #read(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length && !this.#isComplete) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at)
        if (this.#end !== undefined && this.#length <= LARGEST_END) this.#end.push(chunk.slice(at, at + taken))
        this.#left -= taken
        at += taken
      } else this.#readHead(chunk[at++]!)
      this.#isComplete = this.#end !== undefined && this.#left === 0 && this.#headSeen === 0
    }
  }

  #readHead(byte: number): void {
    if (this.#headSeen === 0) {
      if (this.#mayEnd && (byte & END_OF_STREAM) !== 0) this.#end = []
      else this.count++
      this.#length = 0
    } else this.#length = this.#length * 256 + byte
    if (++this.#headSeen < HEAD_BYTES) return
    this.#headSeen = 0
    this.#left = this.#length
  }
}
