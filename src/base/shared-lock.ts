/** A lock in shared memory, one number, for short stretches of work that are not on the way of every request. */

export function lockShared(ints: Int32Array, index: number): void {
  while (Atomics.compareExchange(ints, index, 0, 1) !== 0) Atomics.wait(ints, index, 1, 1)
}

export function unlockShared(ints: Int32Array, index: number): void {
  Atomics.store(ints, index, 0)
  Atomics.notify(ints, index, 1)
}
