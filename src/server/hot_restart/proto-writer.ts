/** Writes the few protobuf wire types that a hot restart needs: varints and length-delimited fields. */
export class ProtoWriter {
  #bytes = new Uint8Array(256)
  #length = 0

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** A number of up to 53 bits; a negative one is written as the 64-bit two's complement, as int32 fields want it. */
  varint(field: number, value: number): this {
    this.#raw(field * 8)
    if (value < 0) this.#negative(value)
    else this.#raw(value)
    return this
  }

  text(field: number, text: string): this {
    return this.bytes(field, new TextEncoder().encode(text))
  }

  message(field: number, write: (into: ProtoWriter) => void): this {
    const inner = new ProtoWriter()
    write(inner)
    return this.bytes(field, inner.#bytes.subarray(0, inner.#length))
  }

  bytes(field: number, bytes: Uint8Array): this {
    this.#raw(field * 8 + 2)
    this.#raw(bytes.length)
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  #raw(value: number): void {
    this.#reserve(10)
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  #negative(value: number): void {
    this.#reserve(10)
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest >= 128n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.#bytes[this.#length++] = Number(rest)
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + size))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}
