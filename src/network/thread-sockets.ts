/**
 * What all connections of a thread share: what their sockets delivered in this turn, the connections that have something
 * to flush, the buffer that writes are gathered in, and their ids.
 *
 * A turn of the loop is worked off in vectors: all ready sockets are read, then all of what came is processed, then all
 * of what that wrote is sent. Receiving, proxying and sending each run many times in a row on warm caches, which saves a
 * quarter of the CPU of a small request with 64 connections (bench/README.md). It also corks: what is written in a turn
 * leaves in one piece.
 */
import type { Dispatcher, FileEvents } from '../api/event.ts'
import { lentBytes } from '../base/lent-bytes.ts'
import { LargeBuffer } from '../platform/native-buffer.ts'
import { Outbox } from './outbox.ts'

export interface Flushable {
  flush(): void
}

/** A connection as its socket sees it. */
export interface Receiver {
  onNativeData(chunk: Uint8Array): void
}

const SCRATCH_BYTES = 128 * 1024
/** The most that is read from a socket at once. Larger ones fit no core's own cache. */
const RECEIVE_BYTES = 256 * 1024
/** A chunk from here on fills the caches by itself: it is processed and sent on before the next one is read. */
const LARGE_CHUNK_BYTES = 16 * 1024
/** So many loans in a row that came back let the next chunk be lent although it would leave most of the memory unused. */
const TRUSTED_LOANS = 16
/** Ids of a thread are this far apart: unique in the process without asking anybody. */
const ID_STRIDE = 1024

export class ThreadSockets {
  readonly dispatcher: Dispatcher
  readonly scratch = Buffer.allocUnsafe(SCRATCH_BYTES)
  readonly outbox = new Outbox()
  receiveBuffer = new LargeBuffer(RECEIVE_BYTES)
  /** Loans since the last one that did not come back. */
  #returnedLoans = 0
  #nextId: number
  #depth = 0
  readonly #dirty: Flushable[] = []
  // What came in this turn: chunk i is for receiver i.
  readonly #receivers: Receiver[] = []
  readonly #chunks: Uint8Array[] = []
  #endOfTurnPosted = false
  readonly #onEndOfTurn = (): void => {
    this.enter()
    this.#flush()
    this.leave()
    // Not before: what is delivered here and what that writes needs no further turn.
    this.#endOfTurnPosted = false
  }

  constructor(dispatcher: Dispatcher) {
    this.dispatcher = dispatcher
    this.#nextId = threadNumber(dispatcher.name)
  }

  get files(): FileEvents {
    return this.dispatcher.files
  }

  takeId(): number {
    const id = this.#nextId
    this.#nextId += ID_STRIDE
    return id
  }

  /** The receive buffer has so many bytes for `receiver`, which gets them before anything else happens to it. */
  received(receiver: Receiver, count: number): void {
    const { bytes } = this.receiveBuffer
    // The rest of the memory may be kept for nothing as long as the chunk is.
    const lends = count >= RECEIVE_BYTES / 2 || (count >= LARGE_CHUNK_BYTES && this.#returnedLoans >= TRUSTED_LOANS)
    if (lends && !lentBytes.active) return this.#lend(receiver, bytes.subarray(0, count))
    const chunk = Buffer.allocUnsafe(count)
    bytes.copy(chunk, 0, 0, count)
    this.deliver(receiver, chunk)
  }

  #lend(receiver: Receiver, chunk: Uint8Array): void {
    this.enter()
    lentBytes.lend(chunk)
    receiver.onNativeData(chunk)
    this.#flush()
    if (lentBytes.takeBack()) this.#returnedLoans++
    else {
      this.#returnedLoans = 0
      this.receiveBuffer = new LargeBuffer(RECEIVE_BYTES)
    }
    this.leave()
  }

  deliver(receiver: Receiver, chunk: Uint8Array): void {
    if (chunk.length < LARGE_CHUNK_BYTES) {
      this.#receivers.push(receiver)
      this.#chunks.push(chunk)
      this.#postEndOfTurn()
      return
    }
    this.enter()
    receiver.onNativeData(chunk)
    this.#flush()
    this.leave()
  }

  /** A piece of work on connections begins, which is not the arrival of data. */
  enter(): void {
    if (this.#depth++ > 0) return
    this.dispatcher.callbackBegins()
    this.#deliver()
  }

  leave(): void {
    if (--this.#depth === 0) this.dispatcher.callbackEnds()
  }

  /** `connection` has something to flush; it says so once until it was flushed. */
  markDirty(connection: Flushable): void {
    this.#dirty.push(connection)
    this.#postEndOfTurn()
  }

  #postEndOfTurn(): void {
    if (this.#endOfTurnPosted) return
    this.#endOfTurnPosted = true
    this.dispatcher.post(this.#onEndOfTurn)
  }

  #deliver(): void {
    const receivers = this.#receivers
    if (receivers.length === 0) return
    const chunks = this.#chunks
    for (let i = 0; i < receivers.length; i++) receivers[i]!.onNativeData(chunks[i]!)
    empty(receivers)
    empty(chunks)
  }

  #flush(): void {
    const dirty = this.#dirty
    // A flush may make others dirty: they are appended and served by the same loop.
    for (let i = 0; i < dirty.length; i++) dirty[i]!.flush()
    empty(dirty)
    this.outbox.clear()
  }
}

/** An assignment to `length` is a call into the runtime, too much for the one element there mostly is at low load. */
function empty(list: unknown[]): void {
  if (list.length === 1) list.pop()
  else list.length = 0
}

/** 0 is the main thread. */
function threadNumber(name: string): number {
  const worker = /^worker_(\d+)$/.exec(name)
  return worker === null ? 0 : (Number(worker[1]) + 1) % ID_STRIDE
}
