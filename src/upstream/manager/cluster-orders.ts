/**
 * The way of cluster orders to the workers. Each message costs both ends some hundred microseconds, whatever is in it, so what
 * changes together goes together.
 */
import type { ClusterOrder } from '../../api/worker.ts'

/** A worker takes as many without its requests having to wait for long. */
const MOST_AT_ONCE = 500

export class ClusterOrders {
  /** To every worker; settles when all have done it. */
  readonly #broadcast: (orders: readonly ClusterOrder[]) => unknown
  #waiting: ClusterOrder[] = []
  #whenSent: (() => void)[] = []
  #depth = 0

  constructor(broadcast: (orders: readonly ClusterOrder[]) => unknown) {
    this.#broadcast = broadcast
  }

  send(order: ClusterOrder): void {
    this.#waiting.push(order)
    if (this.#depth === 0 || this.#waiting.length >= MOST_AT_ONCE) this.#flush()
  }

  /** Calls back once all workers have done the order and those before it. */
  sendThen(order: ClusterOrder, callback: () => void): void {
    this.#whenSent.push(callback)
    this.send(order)
  }

  /** What `work` sends goes together. It must not wait, nor send orders of another kind that theirs must come before. */
  together<T>(work: () => T): T {
    this.#depth++
    try {
      return work()
    } finally {
      if (--this.#depth === 0) this.#flush()
    }
  }

  #flush(): void {
    if (this.#waiting.length === 0) return
    const orders = this.#waiting
    const whenSent = this.#whenSent
    this.#waiting = []
    this.#whenSent = []
    const sent = this.#broadcast(orders)
    if (whenSent.length > 0) void tellAll(sent, whenSent)
  }
}

async function tellAll(sent: unknown, all: readonly (() => void)[]): Promise<void> {
  await sent
  for (const tell of all) tell()
}
