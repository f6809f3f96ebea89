/**
 * What all connections of a thread share: the buffer that writes are gathered in, the list of connections that have
 * something to flush, and their ids.
 *
 * Corking: everything written during one socket callback leaves at its end, everything written elsewhere (timers,
 * posted callbacks) at the end of the turn.
 */
import type { Dispatcher } from '../api/event.ts'
import { ByteQueue } from '../base/byte-queue.ts'

export interface Flushable {
  flush(): void
}

const SCRATCH_BYTES = 128 * 1024
/** Ids of a thread are this far apart: unique in the process without asking anybody. */
const ID_STRIDE = 1024

export class ThreadSockets {
  readonly dispatcher: Dispatcher
  readonly scratch = Buffer.allocUnsafe(SCRATCH_BYTES)
  #nextId: number
  #depth = 0
  #dirty: Flushable[] = []
  #flushPosted = false
  readonly #spare: ByteQueue[] = []
  readonly #flushAtEndOfTurn = (): void => {
    this.#flushPosted = false
    this.enter()
    this.leave()
  }

  constructor(dispatcher: Dispatcher) {
    this.dispatcher = dispatcher
    this.#nextId = threadNumber(dispatcher.name)
  }

  takeId(): number {
    const id = this.#nextId
    this.#nextId += ID_STRIDE
    return id
  }

  /** A socket callback begins. */
  enter(): void {
    if (this.#depth++ === 0) this.dispatcher.callbackBegins()
  }

  /** A socket callback ends: what it wrote leaves now. */
  leave(): void {
    if (this.#depth === 1) {
      const dirty = this.#dirty
      // A flush may make others dirty: they are appended and served by the same loop.
      for (let i = 0; i < dirty.length; i++) dirty[i]!.flush()
      if (dirty.length === 1) dirty.pop()
      else if (dirty.length > 0) dirty.length = 0
      this.dispatcher.callbackEnds()
    }
    this.#depth--
  }

  /** `connection` has something to flush; it says so once until it was flushed. */
  markDirty(connection: Flushable): void {
    this.#dirty.push(connection)
    if (this.#depth > 0 || this.#flushPosted) return
    this.#flushPosted = true
    this.dispatcher.post(this.#flushAtEndOfTurn)
  }

  /** An empty queue; connections need one only while there is something in it. */
  takeQueue(): ByteQueue {
    return this.#spare.pop() ?? new ByteQueue()
  }

  /** `queue` is empty and used by nobody else. */
  giveQueue(queue: ByteQueue): void {
    if (this.#spare.length < 16) this.#spare.push(queue)
  }
}

/** 0 is the main thread. */
function threadNumber(name: string): number {
  const worker = /^worker_(\d+)$/.exec(name)
  return worker === null ? 0 : (Number(worker[1]) + 1) % ID_STRIDE
}
