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
  /** The oldest first. */
  #waiting: Retired[] = []

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
    this.#release()
    this.#waiting.push({ block, inFlight, sinceMs: this.#deps.dispatcher.now })
  }

  #release(): void {
    const before = this.#deps.dispatcher.now - QUARANTINE_MS
    const oldest = this.#waiting[0]
    if (oldest === undefined || oldest.sinceMs > before) return
    this.#waiting = this.#waiting.filter(({ block, inFlight, sinceMs }) => {
      const counters = new SharedCounters(block)
      if (sinceMs > before || inFlight.some((index) => counters.get(index) !== 0)) return true
      this.#deps.shared.free(block)
      return false
    })
  }
}
