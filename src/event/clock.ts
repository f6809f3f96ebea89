/** Clocks for a thread without a dispatcher; whoever has one asks that. */

/** Monotonic milliseconds, since the thread's start. */
export function monotonicMs(): number {
  return performance.now()
}

/** Milliseconds since the Unix epoch. */
export function wallMs(): number {
  return Date.now()
}
