/** Users that wait for a connection, that have one, and that could have one at once. */
export interface PoolLoad {
  readonly waiting: number
  readonly active: number
  readonly free: number
}

/** Of several pools together. */
export function totalLoad(pools: Iterable<{ readonly load: PoolLoad }>): PoolLoad {
  let [waiting, active, free] = [0, 0, 0]
  for (const { load } of pools) {
    waiting += load.waiting
    active += load.active
    free += load.free
  }
  return { waiting, active, free }
}
