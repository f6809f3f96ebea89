/** One message on the binary wire of protobuf, written field by field. */
export class ProtoWriter {
  #bytes = Buffer.allocUnsafe(256)
  #length = 0

  /** Nothing may be written to it afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** int32, int64, uint32, uint64, enum. */
  varint(field: number, value: number | bigint): this {
    this.#key(field, 0)
    this.#varint(BigInt.asUintN(64, BigInt(value)))
    return this
  }

  bool(field: number, value: boolean): this {
    return this.varint(field, value ? 1 : 0)
  }

  double(field: number, value: number): this {
    this.#key(field, 1)
    this.#length = this.#room(8).writeDoubleLE(value, this.#length)
    return this
  }

  fixed64(field: number, value: bigint): this {
    this.#key(field, 1)
    this.#length = this.#room(8).writeBigUInt64LE(value, this.#length)
    return this
  }

  fixed32(field: number, value: number): this {
    this.#key(field, 5)
    this.#length = this.#room(4).writeUInt32LE(value, this.#length)
    return this
  }

  bytes(field: number, value: Uint8Array): this {
    this.#key(field, 2)
    this.#varint(BigInt(value.length))
    this.#room(value.length).set(value, this.#length)
    this.#length += value.length
    return this
  }

  /** `text` is latin1, one byte a code unit. */
  text(field: number, text: string): this {
    return this.bytes(field, Buffer.from(text, 'latin1'))
  }

  hex(field: number, digits: string): this {
    return this.bytes(field, Buffer.from(digits, 'hex'))
  }

  message(field: number, write: (message: ProtoWriter) => void): this {
    const inner = new ProtoWriter()
    write(inner)
    return this.bytes(field, inner.finish())
  }

  #key(field: number, type: number): void {
    this.#varint(BigInt(field * 8 + type))
  }

  #varint(value: bigint): void {
    const bytes = this.#room(10)
    let rest = value
    while (rest > 127n) {
      bytes[this.#length++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    bytes[this.#length++] = Number(rest)
  }

  #room(bytes: number): Buffer {
    if (this.#length + bytes > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    return this.#bytes
  }
}
