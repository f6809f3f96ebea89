/* The binary wire of protobuf, read from one message's bytes. */
import { kinds } from '../schema/schema-types.ts'

export class WireProblem extends Error {}

export class Wire {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  ended(): boolean {
    return this.#at >= this.#bytes.length
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new WireProblem('truncated')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new WireProblem('a number of more than ten bytes')
  }

  varint32(): number {
    return Number(BigInt.asUintN(32, this.varint()))
  }

  bytes(): Uint8Array {
    const length = this.varint32()
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** Bytes come in base64, 64-bit integers as BigInt, enum values as numbers: as the decode pass takes them. */
  scalar(kind: number): unknown {
    switch (kind) {
      case kinds.string:
        return this.#text()
      case kinds.bytes:
        return Buffer.from(this.bytes()).toString('base64')
      case kinds.bool:
        return this.varint() !== 0n
      case kinds.double:
        return special(this.#view.getFloat64(this.#advance(8), true))
      case kinds.float:
        return special(this.#view.getFloat32(this.#advance(4), true))
      case kinds.fixed32:
        return this.#view.getUint32(this.#advance(4), true)
      case kinds.sfixed32:
        return this.#view.getInt32(this.#advance(4), true)
      case kinds.fixed64:
        return this.#view.getBigUint64(this.#advance(8), true)
      case kinds.sfixed64:
        return this.#view.getBigInt64(this.#advance(8), true)
      default:
        return this.#integer(kind)
    }
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint()
    else if (wireType === 1) this.#advance(8)
    else if (wireType === 2) this.bytes()
    else if (wireType === 5) this.#advance(4)
    else throw new WireProblem(`wire type ${wireType}`)
  }

  #integer(kind: number): number | bigint {
    const value = this.varint()
    switch (kind) {
      case kinds.uint64:
        return value
      case kinds.int64:
        return BigInt.asIntN(64, value)
      case kinds.sint64:
        return zigzag(value)
      case kinds.sint32:
        return Number(BigInt.asIntN(32, zigzag(value)))
      case kinds.uint32:
        return Number(BigInt.asUintN(32, value))
      default:
        return Number(BigInt.asIntN(32, value))
    }
  }

  #text(): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes())
    } catch (error) {
      if (error instanceof WireProblem) throw error
      throw new WireProblem('a text that is not UTF-8')
    }
  }

  /** Where the next `length` bytes begin. */
  #advance(length: number): number {
    const start = this.#at
    if (length > this.#bytes.length - start) throw new WireProblem('truncated')
    this.#at += length
    return start
  }
}

function zigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n)
}

function special(value: number): number | string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return value
  return value > 0 ? 'Infinity' : '-Infinity'
}
