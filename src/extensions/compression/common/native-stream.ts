/**
 * A codec of the runtime's node:zlib, driven one call at a time: what goes in comes out before the call returns. The
 * public stream API would answer later and on another turn; the handle underneath has a synchronous form.
 */
import type { ByteQueue } from '../../../api/bytes.ts'

/** What stands behind `zlib.create…()._handle`. */
export interface NativeHandle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void
  close(): void
  onerror: (message: string, errno: number, code: string) => void
}

export interface NativeParts {
  readonly handle: NativeHandle
  /** After each write: bytes of output space left, bytes of input left. */
  readonly state: Uint32Array
}

/** Told after each write with what it gave; false stops. `full`: the chunk had no room left. */
export type AfterWrite = (producedBytes: number, full: boolean) => boolean

export class NativeStream {
  /** The library's error number; 0 while all is well. */
  errno = 0
  /** Bytes of the latest input that were not taken. */
  inputLeft = 0
  readonly #handle: NativeHandle
  readonly #state: Uint32Array
  readonly #chunkBytes: number
  #chunk: Uint8Array | undefined = undefined

  constructor({ handle, state }: NativeParts, chunkBytes: number) {
    this.#handle = handle
    this.#state = state
    this.#chunkBytes = chunkBytes
    handle.onerror = (_message, errno) => {
      this.errno = errno
    }
  }

  /** Writes `input` and appends what comes out; false after an error, or where `afterWrite` said so. */
  write(flush: number, input: Uint8Array, output: ByteQueue, afterWrite?: AfterWrite): boolean {
    const room = this.#chunkBytes
    let offset = 0
    let length = input.length
    for (;;) {
      const chunk = (this.#chunk ??= Buffer.allocUnsafeSlow(room))
      // A stream that failed once stays failed, and says so again each time.
      if (this.errno === 0) this.#handle.writeSync(flush, input, offset, length, chunk, 0, room)
      if (this.errno !== 0) return false
      const produced = room - this.#state[0]!
      this.inputLeft = this.#state[1]!
      offset += length - this.inputLeft
      length = this.inputLeft
      this.#emit(chunk, produced, output)
      if (afterWrite !== undefined && !afterWrite(produced, produced === room)) return false
      if (produced < room) return true
    }
  }

  close(): void {
    this.#handle.close()
  }

  /** A chunk that is mostly empty is kept, and what is in it copied. */
  #emit(chunk: Uint8Array, produced: number, output: ByteQueue): void {
    if (produced * 2 < this.#chunkBytes) {
      output.push(Buffer.from(chunk.subarray(0, produced)))
    } else {
      output.push(chunk.subarray(0, produced))
      this.#chunk = undefined
    }
  }
}

/** The handle of a stream of node:zlib. */
export function partsOf(stream: object): NativeParts {
  const { _handle: handle, _writeState: state } = stream as { _handle?: NativeHandle; _writeState?: Uint32Array }
  if (handle === undefined || state === undefined) throw new Error('this runtime hides the handles of node:zlib')
  return { handle, state }
}
