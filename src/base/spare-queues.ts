import { ByteQueue } from './byte-queue.ts'

const KEEP_AT_MOST = 16

/** Empty queues for who needs one only while there is something in it: the one used last is used next. */
class SpareQueues {
  readonly #queues: ByteQueue[] = []

  take(): ByteQueue {
    return this.#queues.pop() ?? new ByteQueue()
  }

  /** `queue` is used by nobody else. */
  give(queue: ByteQueue): void {
    queue.clear()
    if (this.#queues.length < KEEP_AT_MOST) this.#queues.push(queue)
  }
}

/** Of this thread. */
export const spareQueues = new SpareQueues()
