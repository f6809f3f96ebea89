/**
 * Connections spread over the workers so that their numbers differ by one at most: whoever accepts one chooses the worker
 * that has the fewest (Envoy's ExactConnectionBalancerImpl). The numbers are shared by all workers.
 */
import type { SharedCounters } from '../stats/shared-counters.ts'

/** Where a listener's shared numbers are. */
export const OPEN_CONNECTIONS = 0
const LOCK = 1
const FIRST_WORKER = 2

/** How many shared numbers a listener needs. */
export function listenerCounters(workers: number): number {
  return FIRST_WORKER + workers
}

export class ExactBalance {
  readonly #counters: SharedCounters
  readonly #own: number

  constructor(counters: SharedCounters, own: number) {
    this.#counters = counters
    this.#own = own
  }

  /** The worker for the next connection, which counts as its from now on. */
  choose(): number {
    const counters = this.#counters
    // Held for a few additions; nobody sleeps here.
    while (!counters.exchange(LOCK, 0, 1));
    let fewest = this.#own
    for (let worker = 0; worker < counters.length - FIRST_WORKER; worker++) {
      if (counters.get(FIRST_WORKER + worker) < counters.get(FIRST_WORKER + fewest)) fewest = worker
    }
    counters.add(FIRST_WORKER + fewest, 1)
    counters.set(LOCK, 0)
    return fewest
  }

  /** This worker has one that nobody chose it for. */
  take(): void {
    this.#counters.add(FIRST_WORKER + this.#own, 1)
  }

  /** A connection of this worker is over. */
  release(): void {
    this.#counters.add(FIRST_WORKER + this.#own, -1)
  }
}
