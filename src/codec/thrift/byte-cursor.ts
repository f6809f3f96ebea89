/** Reads numbers from the start of some bytes that may end before the number does. */
export class ByteCursor {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  /** The caller knows that they are there. */
  uint8(): number {
    return this.#bytes[this.at++]!
  }

  uint16(): number {
    this.at += 2
    return this.#bytes.readUInt16BE(this.at - 2)
  }

  int32(): number {
    this.at += 4
    return this.#bytes.readInt32BE(this.at - 4)
  }

  /** Undefined: it goes on behind the bytes. 'too long': it is no number of 64 bits. Larger than 53 bits: not exact. */
  varint(): number | 'too long' | undefined {
    let value = 0
    for (let index = 0; index < 10; index++) {
      const byte = this.#bytes[this.at + index]
      if (byte === undefined) return undefined
      value += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) {
        this.at += index + 1
        return value
      }
    }
    return 'too long'
  }
}
