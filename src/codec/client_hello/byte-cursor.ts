/** Reads numbers and length-prefixed parts from bytes; undefined where they end before. */
export class ByteCursor {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number | undefined {
    return this.#bytes[this.#at++]
  }

  u16(): number | undefined {
    return this.#number(2)
  }

  u24(): number | undefined {
    return this.#number(3)
  }

  take(length: number): Uint8Array | undefined {
    if (this.left < length) return undefined
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** What follows a length of one byte. */
  part8(): Uint8Array | undefined {
    const length = this.u8()
    return length === undefined ? undefined : this.take(length)
  }

  /** What follows a length of two bytes. */
  part16(): Uint8Array | undefined {
    const length = this.u16()
    return length === undefined ? undefined : this.take(length)
  }

  #number(size: number): number | undefined {
    const bytes = this.take(size)
    return bytes?.reduce((sum, byte) => sum * 256 + byte, 0)
  }
}

/** Numbers of two bytes, up to where they end. */
export function numbersOf(bytes: Uint8Array): number[] {
  const cursor = new ByteCursor(bytes)
  const numbers: number[] = []
  while (cursor.left >= 2) numbers.push(cursor.u16()!)
  return numbers
}
