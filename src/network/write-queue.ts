/**
 * What is to be sent on one connection. Pieces wait as they were given, and leave with as few native writes as can be:
 * heads (latin1 strings) and small bodies are gathered in the thread's scratch buffer, large ones go by reference. What
 * the kernel did not take stays in front.
 */
import { lentBytes } from '../base/lent-bytes.ts'
import type { NativeSocket } from './native-socket.ts'

/** Up to here copying is cheaper than one more system call. */
const GATHER_LIMIT_BYTES = 32 * 1024

const FEW_PIECES = 8

export class WriteQueue {
  /** The kernel took less than it was offered: nothing is to be written before `onNativeDrain`, which resets this. */
  blocked = false
  readonly #pieces: (Uint8Array | string)[] = []
  #head = 0
  #length = 0

  /** Bytes. */
  get length(): number {
    return this.#length
  }

  push(piece: Uint8Array | string): void {
    this.#pieces.push(piece)
    this.#length += piece.length
  }

  clear(): void {
    this.#empty()
    this.#length = 0
  }

  /**
   * Writes until the queue is empty or the kernel full (`blocked`). Returns the bytes taken, or -1 when the socket is
   * gone.
   */
  flush(socket: NativeSocket, scratch: Buffer): number {
    let total = 0
    while (this.#head < this.#pieces.length) {
      const first = this.#pieces[this.#head]!
      let offered: number
      let taken: number
      if (typeof first !== 'string' && this.#leavesAlone(first)) {
        offered = first.length
        taken = socket.write(first)
      } else {
        offered = this.#gather(scratch)
        // Only a string that is larger than the scratch buffer is not gathered.
        if (offered === 0) {
          this.#pieces[this.#head] = Buffer.from(first as string, 'latin1')
          continue
        }
        taken = socket.write(scratch, offered)
      }
      if (taken < 0) return -1
      total += taken
      this.#consume(taken)
      if (taken < offered) {
        this.blocked = true
        break
      }
    }
    return total
  }

  #leavesAlone(piece: Uint8Array): boolean {
    return piece.length > GATHER_LIMIT_BYTES || this.#head === this.#pieces.length - 1
  }

  #gather(scratch: Buffer): number {
    let length = 0
    for (let i = this.#head; i < this.#pieces.length; i++) {
      const piece = this.#pieces[i]!
      if (length + piece.length > scratch.length) break
      if (typeof piece === 'string') {
        scratch.latin1Write(piece, length)
      } else {
        if (piece.length > GATHER_LIMIT_BYTES) break
        scratch.set(piece, length)
      }
      length += piece.length
    }
    return length
  }

  #consume(count: number): void {
    this.#length -= count
    if (lentBytes.active) this.#settle(count)
    if (this.#length === 0) return this.#empty()
    while (count > 0) {
      const piece = this.#pieces[this.#head]!
      if (piece.length > count) {
        this.#pieces[this.#head] =
          typeof piece === 'string' ? Buffer.from(piece.substring(count), 'latin1') : piece.subarray(count)
        return
      }
      count -= piece.length
      this.#pieces[this.#head++] = EMPTY
    }
  }

  /** The first `count` bytes have left. */
  #settle(count: number): void {
    for (let i = this.#head; count > 0; i++) {
      const piece = this.#pieces[i]!
      const left = Math.min(piece.length, count)
      if (typeof piece !== 'string') lentBytes.settle(piece, left)
      count -= left
    }
  }

  /** One by one, as mostly there are one or two: an assignment to `length` is a call into the runtime. */
  #empty(): void {
    if (this.#pieces.length > FEW_PIECES) this.#pieces.length = 0
    else while (this.#pieces.length > 0) this.#pieces.pop()
    this.#head = 0
  }
}

/** In place of what was sent, so that it is not kept alive. */
const EMPTY = ''
