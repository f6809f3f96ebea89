/**
 * MessagePack: every value in the fewest bytes (as nlohmann's and msgpack-c's writers have it, floats of 32 bits where they
 * are exact included).
 */
export class MessagePackWriter {
  #bytes = Buffer.allocUnsafe(256)
  #length = 0

  /** Nothing may be written to it afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  array(length: number): this {
    return this.#head(length, 0x90, 16, undefined, 0xdc)
  }

  map(length: number): this {
    return this.#head(length, 0x80, 16, undefined, 0xde)
  }

  /** `text` is latin1, one byte a code unit. */
  text(text: string): this {
    this.#head(text.length, 0xa0, 32, 0xd9, 0xda)
    this.#room(text.length)
    this.#length += this.#bytes.latin1Write(text, this.#length)
    return this
  }

  nil(): this {
    return this.#byte(0xc0)
  }

  boolean(value: boolean): this {
    return this.#byte(value ? 0xc3 : 0xc2)
  }

  /** Any that 64 bits hold. */
  integer(value: bigint): this {
    if (value >= 0n) return value < 128n ? this.#byte(Number(value)) : this.#sized(0xcc, unsignedBits(value), value)
    if (value >= -32n) return this.#byte(256 + Number(value))
    const bits = unsignedBits(-value * 2n - 1n)
    return this.#sized(0xd0, bits, BigInt.asUintN(bits, value))
  }

  float(value: number): this {
    const exact = Math.fround(value) === value
    this.#byte(exact ? 0xca : 0xcb)
    this.#room(8)
    this.#length = exact
      ? this.#bytes.writeFloatBE(value, this.#length)
      : this.#bytes.writeDoubleBE(value, this.#length)
    return this
  }

  /** What is encoded already. */
  raw(bytes: Uint8Array): this {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  /** A length: in the first byte below `short`, in one byte of its own (where there is a form for that), in two or in four. */
  #head(length: number, first: number, short: number, one: number | undefined, two: number): this {
    if (length < short) return this.#byte(first + length)
    if (one !== undefined && length < 0x100) return this.#byte(one).#big(8, BigInt(length))
    return length < 0x10000 ? this.#byte(two).#big(16, BigInt(length)) : this.#byte(two + 1).#big(32, BigInt(length))
  }

  #sized(first: number, bits: number, value: bigint): this {
    return this.#byte(first + Math.log2(bits / 8)).#big(bits, value)
  }

  #big(bits: number, value: bigint): this {
    this.#room(8)
    for (let shift = bits - 8; shift >= 0; shift -= 8)
      this.#bytes[this.#length++] = Number((value >> BigInt(shift)) & 255n)
    return this
  }

  #byte(value: number): this {
    this.#room(1)
    this.#bytes[this.#length++] = value
    return this
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

function unsignedBits(value: bigint): number {
  if (value < 0x100n) return 8
  if (value < 0x10000n) return 16
  return value < 0x100000000n ? 32 : 64
}
