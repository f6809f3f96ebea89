/**
 * What is to be sent on one connection. What leaves at the end of the turn is put into the thread's outbox, but for large
 * pieces, which go by reference. Behind such a piece, or when nobody knows when there will be room, pieces wait as they
 * were given; they leave with as few native writes as can be. What the kernel did not take stays in front.
 */
import type { ComposedBytes } from '../api/bytes.ts'
import { lentBytes } from '../base/lent-bytes.ts'
import type { NativeSocket } from './native-socket.ts'
import type { Outbox } from './outbox.ts'

/** Up to here copying is cheaper than one more system call. */
const GATHER_LIMIT_BYTES = 32 * 1024
/** Up to here copying is cheaper than to keep a reference. */
const ALONE_LIMIT_BYTES = 4 * 1024
/** From here on a call into the runtime is cheaper than a loop. */
const LONG_PIECE_BYTES = 64

const FEW_PIECES = 8

type Piece = Uint8Array | string

export class WriteQueue {
  /** The kernel took less than it was offered: nothing is to be written before `onNativeDrain`, which resets this. */
  blocked = false
  readonly #outbox: Outbox
  /** Our part of the outbox, in front of the pieces. Empty where both are equal. */
  #from = 0
  #to = 0
  #pieces: Piece[] | undefined = undefined
  #head = 0
  #length = 0

  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  /** Bytes. */
  get length(): number {
    return this.#length
  }

  /** `soon`: the queue is flushed at the end of this turn. */
  push(piece: Piece, soon: boolean): void {
    if (!soon || !this.#collect(piece)) this.#wait(piece)
    this.#length += piece.length
  }

  pushComposed(composed: ComposedBytes, soon: boolean): void {
    const { length } = composed
    const at = soon ? this.#reserve(length) : -1
    if (at < 0) this.#wait(Buffer.from(composed.bytes.subarray(0, length)))
    else composed.bytes.copy(this.#outbox.bytes, at, 0, length)
    this.#length += length
  }

  #wait(piece: Piece): void {
    if (this.#pieces === undefined) this.#pieces = [piece]
    else this.#pieces.push(piece)
  }

  /** False: it has to wait as it is. */
  #collect(piece: Piece): boolean {
    const { length } = piece
    const isAlone = this.#to === this.#from && typeof piece !== 'string'
    if (length > (isAlone ? ALONE_LIMIT_BYTES : GATHER_LIMIT_BYTES)) return false
    const at = this.#reserve(length)
    if (at < 0) return false
    const { bytes } = this.#outbox
    if (typeof piece === 'string') bytes.latin1Write(piece, at)
    else {
      if (length < LONG_PIECE_BYTES) for (let i = 0; i < length; i++) bytes[at + i] = piece[i]!
      else bytes.set(piece, at)
      if (lentBytes.active) lentBytes.settle(piece, length)
    }
    return true
  }

  /** Where so many bytes go in the outbox; -1: not there. */
  #reserve(count: number): number {
    if (this.#pieces !== undefined && this.#pieces.length > 0) return -1
    const outbox = this.#outbox
    const begins = this.#to === this.#from
    // Behind others', it would be a second write anyway.
    if (!begins && this.#to !== outbox.end) return -1
    const at = outbox.take(count)
    if (at < 0) return -1
    if (begins) this.#from = at
    this.#to = at + count
    return at
  }

  clear(): void {
    this.#from = this.#to = 0
    this.#empty()
    this.#length = 0
  }

  /**
   * Writes until the queue is empty or the kernel full (`blocked`). Returns the bytes taken, or -1 when the socket is
   * gone.
   */
  flush(socket: NativeSocket, scratch: Buffer): number {
    let total = 0
    if (this.#to !== this.#from) {
      total = this.#flushOutbox(socket)
      if (total < 0 || this.blocked) return total
    }
    if (this.#pieces === undefined || this.#pieces.length === 0) return total
    const taken = this.#flushPieces(this.#pieces, socket, scratch)
    return taken < 0 ? -1 : total + taken
  }

  #flushOutbox(socket: NativeSocket): number {
    const { memory, bytes } = this.#outbox
    const from = this.#from
    const to = this.#to
    const taken = socket.writePart(memory, from, to - from)
    this.#from = this.#to = 0
    this.#length -= taken < 0 ? to - from : taken
    if (taken >= 0 && taken < to - from) {
      this.blocked = true
      ;(this.#pieces ??= []).unshift(Buffer.from(bytes.subarray(from + taken, to)))
    }
    return taken
  }

  #flushPieces(pieces: Piece[], socket: NativeSocket, scratch: Buffer): number {
    let total = 0
    while (this.#head < pieces.length) {
      const first = pieces[this.#head]!
      let offered: number
      let taken: number
      if (typeof first !== 'string' && this.#leavesAlone(pieces, first)) {
        offered = first.length
        taken = socket.write(first)
      } else {
        offered = this.#gather(pieces, scratch)
        // Only a string that is larger than the scratch buffer is not gathered.
        if (offered === 0) {
          pieces[this.#head] = Buffer.from(first as string, 'latin1')
          continue
        }
        taken = socket.write(scratch, offered)
      }
      if (taken < 0) return -1
      total += taken
      this.#consume(pieces, taken)
      if (taken < offered) {
        this.blocked = true
        break
      }
    }
    return total
  }

  #leavesAlone(pieces: Piece[], piece: Uint8Array): boolean {
    return piece.length > GATHER_LIMIT_BYTES || this.#head === pieces.length - 1
  }

  #gather(pieces: Piece[], scratch: Buffer): number {
    let length = 0
    for (let i = this.#head; i < pieces.length; i++) {
      const piece = pieces[i]!
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

  #consume(pieces: Piece[], count: number): void {
    this.#length -= count
    if (lentBytes.active) this.#settle(pieces, count)
    if (this.#length === 0) return this.#empty()
    while (count > 0) {
      const piece = pieces[this.#head]!
      if (piece.length > count) {
        pieces[this.#head] =
          typeof piece === 'string' ? Buffer.from(piece.substring(count), 'latin1') : piece.subarray(count)
        return
      }
      count -= piece.length
      pieces[this.#head++] = EMPTY
    }
  }

  /** The first `count` bytes have left. */
  #settle(pieces: Piece[], count: number): void {
    for (let i = this.#head; count > 0; i++) {
      const piece = pieces[i]!
      const left = Math.min(piece.length, count)
      if (typeof piece !== 'string') lentBytes.settle(piece, left)
      count -= left
    }
  }

  /** One by one, as mostly there are one or two: an assignment to `length` is a call into the runtime. */
  #empty(): void {
    this.#head = 0
    const pieces = this.#pieces
    if (pieces === undefined) return
    if (pieces.length > FEW_PIECES) pieces.length = 0
    else while (pieces.length > 0) pieces.pop()
  }
}

/** In place of what was sent, so that it is not kept alive. */
const EMPTY = ''
