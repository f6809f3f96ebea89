/**
 * Messages of any size over datagrams of at most 4096 bytes: eight bytes of length, big-endian, then the message, cut
 * where it does not fit. A message begins with a datagram.
 */
const LENGTH_SIZE = 8
const DATAGRAM_SIZE = 4096
/** No statistics are that many; a stranger's length must not fill the memory. */
const LARGEST_MESSAGE = 1 << 30

export function toDatagrams(message: Uint8Array): readonly Uint8Array[] {
  const framed = new Uint8Array(LENGTH_SIZE + message.length)
  new DataView(framed.buffer).setBigUint64(0, BigInt(message.length))
  framed.set(message, LENGTH_SIZE)
  const datagrams: Uint8Array[] = []
  for (let at = 0; at < framed.length; at += DATAGRAM_SIZE) datagrams.push(framed.subarray(at, at + DATAGRAM_SIZE))
  return datagrams
}

/** Puts the messages of one sender together. */
export class DatagramAssembler {
  #parts: Uint8Array[] = []
  #missing = 0

  /** The message that this datagram completes. Throws what is wrong with it; the next one begins a new message then. */
  push(datagram: Uint8Array): Uint8Array | undefined {
    if (this.#missing === 0) return this.#begin(datagram)
    return this.#add(datagram)
  }

  #begin(datagram: Uint8Array): Uint8Array | undefined {
    if (datagram.length < LENGTH_SIZE) throw new Error(`a message of ${datagram.length} bytes has no length`)
    const length = new DataView(datagram.buffer, datagram.byteOffset).getBigUint64(0)
    if (length > BigInt(LARGEST_MESSAGE)) throw new Error(`a message claims ${length} bytes`)
    this.#missing = Number(length)
    return this.#add(datagram.subarray(LENGTH_SIZE))
  }

  #add(part: Uint8Array): Uint8Array | undefined {
    if (part.length > this.#missing) {
      this.#reset()
      throw new Error('a message is longer than it claims')
    }
    this.#parts.push(part)
    this.#missing -= part.length
    if (this.#missing > 0) return undefined
    const message = this.#parts.length === 1 ? part : Buffer.concat(this.#parts)
    this.#reset()
    return message
  }

  #reset(): void {
    this.#parts = []
    this.#missing = 0
  }
}
