/**
 * Memory that foreign functions may write to: the only thing whose address this room takes.
 *
 * A small typed array lives inside the JavaScript heap until somebody asks for its `.buffer`, and then moves; and an
 * address does not keep the memory behind it alive. So the store is made first, and the object is kept for the life of
 * the thread: make few, reuse them.
 */
import { ptr } from 'bun:ffi'
import type { Pointer } from 'bun:ffi'

export class NativeBuffer {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly address: Pointer

  constructor(size: number) {
    const store = new ArrayBuffer(size)
    this.bytes = new Uint8Array(store)
    this.view = new DataView(store)
    this.address = ptr(this.bytes)
  }
}

/**
 * Memory of at least a page, as a Buffer that may be given away with what is in it. Not cleared before. It is too large to
 * live inside the JavaScript heap, so that its address stays.
 */
export class LargeBuffer {
  readonly bytes: Buffer
  readonly address: Pointer

  /** At least a page. */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
    this.address = ptr(this.bytes)
  }
}
