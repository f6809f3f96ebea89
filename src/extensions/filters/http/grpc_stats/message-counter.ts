/** Counts the messages that begin in a gRPC body: five bytes of head (a flag, then the length), then the message. */
import type { ByteQueue } from '../../../../api/bytes.ts'

const HEAD_BYTES = 5

export class MessageCounter {
  /** Messages so far. */
  count = 0
  /** Bytes of the present head that were seen. */
  #headSeen = 0
  #length = 0
  /** Bytes of the present message that are still to come. */
  #left = 0

  /** How many messages begin in `data`. */
  inspect(data: ByteQueue): number {
    const before = this.count
    data.forEach((chunk) => this.#read(chunk))
    return this.count - before
  }

  #read(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at)
        this.#left -= taken
        at += taken
        continue
      }
      const byte = chunk[at++]!
      if (this.#headSeen === 0) {
        this.count++
        this.#length = 0
      } else this.#length = this.#length * 256 + byte
      if (++this.#headSeen < HEAD_BYTES) continue
      this.#headSeen = 0
      this.#left = this.#length
    }
  }
}
