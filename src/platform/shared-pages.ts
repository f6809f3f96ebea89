/**
 * Memory of the process outside of the collector's heap, for what all threads share and few configurations need: an address
 * that one thread got is good for every other. The system gives memory to pages once they are written to.
 *
 * A view of all of it would count as memory in use of each thread's collector; so there are views of the parts that somebody
 * is about to read or write.
 */
import { toArrayBuffer } from 'bun:ffi'
import { libc } from './libc.ts'

const PROT_READ_WRITE = 0x1 | 0x2
const MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x02 | 0x20 | 0x4000

export class SharedPages {
  readonly address: number
  readonly size: number

  constructor(address: number, size: number) {
    this.address = address
    this.size = size
  }

  /** New ones, all zero, for the life of the process; undefined when the system has none left. */
  static map(size: number): SharedPages | undefined {
    const address = Number(libc.mmap(null, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0))
    // A failure is -1, signed or not.
    return address <= 0 || address > Number.MAX_SAFE_INTEGER ? undefined : new SharedPages(address, size)
  }

  /** The part itself, no copy. */
  bytes(offset: number, length: number): Uint8Array {
    // Empty stores have no address.
    return length === 0 ? new Uint8Array() : new Uint8Array(this.#store(offset, length))
  }

  ints(offset: number, count: number): Int32Array {
    return new Int32Array(this.#store(offset, count * Int32Array.BYTES_PER_ELEMENT))
  }

  #store(offset: number, length: number): ArrayBuffer {
    if (offset < 0 || offset + length > this.size) throw new RangeError(`no such pages: ${offset}, ${length}`)
    return toArrayBuffer(this.address, offset, length)
  }
}
