/**
 * Shared numbers of hosts and clusters that are gone, for use by others. Workers may still finish requests there and hold
 * connections, so a block waits until nothing of it is in flight, and until nobody can be on the way to it any more.
 */
import type { Dispatcher } from '../../api/event.ts'
import type { SharedBlock, SharedCounterAllocator } from '../../stats/shared-counters.ts'
import { SharedCounters } from '../../stats/shared-counters.ts'
import { HOST, RESOURCES } from '../shared-layout.ts'

/** Longer than a request looks for another host, or an order is on its way to a worker. */
const QUARANTINE_MS = 600_000
/** Where thousands of hosts go each second, those of ten minutes would be a memory leak; an order takes far less than this. */
const MOST_WAITING = 10_000
const SHORT_QUARANTINE_MS = 30_000
/** So many are asked for each one that retires. */
const ASKED_AT_ONCE = 4
const IN_FLIGHT_OF_CLUSTER = [...Array(RESOURCES).keys()]
const IN_FLIGHT_OF_HOST = [HOST.cxActive, HOST.rqActive, HOST.rqPendingActive]

export interface RetiredCountersDeps {
  readonly dispatcher: Pick<Dispatcher, 'now'>
  readonly shared: SharedCounterAllocator
}

interface Retired {
  readonly block: SharedBlock
  /** Must be zero. */
  readonly inFlight: readonly number[]
  readonly sinceMs: number
}

export class RetiredCounters {
  readonly #deps: RetiredCountersDeps
  /** The oldest first, from `#first` on. */
  #waiting: Retired[] = []
  #first = 0
  /** They have waited long enough, but something was in flight when they were asked. */
  readonly #busy: Retired[] = []

  constructor(deps: RetiredCountersDeps) {
    this.#deps = deps
  }

  retireHost(block: SharedBlock): void {
    this.#retire(block, IN_FLIGHT_OF_HOST)
  }

  retireResources(block: SharedBlock): void {
    this.#retire(block, IN_FLIGHT_OF_CLUSTER)
  }

  /** What nothing can be in flight in. */
  retire(block: SharedBlock): void {
    this.#retire(block, [])
  }

  #retire(block: SharedBlock, inFlight: readonly number[]): void {
    this.#askBusy()
    this.#release()
    this.#waiting.push({ block, inFlight, sinceMs: this.#deps.dispatcher.now })
  }

  #release(): void {
    const { now } = this.#deps.dispatcher
    while (this.#first < this.#waiting.length) {
      const oldest = this.#waiting[this.#first]!
      const isMany = this.#waiting.length - this.#first > MOST_WAITING
      if (oldest.sinceMs > now - (isMany ? SHORT_QUARANTINE_MS : QUARANTINE_MS)) break
      this.#first++
      if (!this.#freed(oldest)) this.#busy.push(oldest)
    }
    if (this.#first <= this.#waiting.length / 2) return
    this.#waiting = this.#waiting.slice(this.#first)
    this.#first = 0
  }

  #askBusy(): void {
    for (let asked = Math.min(ASKED_AT_ONCE, this.#busy.length); asked > 0; asked--) {
      const retired = this.#busy.shift()!
      if (!this.#freed(retired)) this.#busy.push(retired)
    }
  }

  #freed({ block, inFlight }: Retired): boolean {
    const counters = new SharedCounters(block)
    if (inFlight.some((index) => counters.get(index) !== 0)) return false
    this.#deps.shared.free(block)
    return true
  }
}
