/** Users that wait for a connection, that have one, and that could have one at once. */
export interface PoolLoad {
  readonly waiting: number
  readonly active: number
  readonly free: number
}

/** Of all pools of a thread. They count here as things happen: there may be ten thousand of them, and a request that asks. */
export class ThreadLoad implements PoolLoad {
  waiting = 0
  connections = 0
  /** Of the connections: nobody uses them yet, or any more. */
  free = 0

  get active(): number {
    return this.connections - this.free
  }
}
