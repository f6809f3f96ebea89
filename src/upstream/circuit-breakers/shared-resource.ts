/**
 * One limit of a cluster, counted over all threads. Check and count are separate steps, as in Envoy: a small overshoot is
 * normal. Whoever counts leaves beside the count what the gauges are to show; the main thread shows it.
 */
import type { Runtime, RuntimeSnapshot } from '../../api/runtime.ts'
import type { Resource } from '../../api/upstream.ts'
import type { SharedCounters } from '../../stats/shared-counters.ts'
import { RESOURCE_REMAINING, RESOURCE_SHOWN, RESOURCE_STATE } from '../shared-layout.ts'

export interface SharedResourceDeps {
  readonly runtime: Runtime
  readonly counters: SharedCounters
}

export class SharedResource implements Resource {
  readonly #counters: SharedCounters
  readonly #index: number
  readonly #configured: number
  readonly #tracksRemaining: boolean
  readonly #runtime: Runtime
  readonly #runtimeKey: string
  #snapshot: RuntimeSnapshot | undefined = undefined
  #max = 0

  /** The runtime may change the limit below `runtimeKey`. */
  constructor(
    deps: SharedResourceDeps,
    index: number,
    configured: number,
    runtimeKey: string,
    tracksRemaining: boolean,
  ) {
    this.#counters = deps.counters
    this.#index = index
    this.#configured = configured
    this.#tracksRemaining = tracksRemaining
    this.#runtime = deps.runtime
    this.#runtimeKey = runtimeKey
  }

  get max(): number {
    const snapshot = this.#runtime.current
    if (snapshot !== this.#snapshot) {
      this.#snapshot = snapshot
      this.#max = snapshot.integer(this.#runtimeKey, this.#configured)
    }
    return this.#max
  }

  get count(): number {
    return this.#counters.get(this.#index)
  }

  canCreate(): boolean {
    return this.#counters.get(this.#index) < this.max
  }

  inc(): void {
    this.#show(this.#counters.add(this.#index, 1))
  }

  dec(): void {
    this.#show(this.#counters.add(this.#index, -1))
  }

  /** What stands, as if it had just been counted. */
  show(): void {
    this.#show(this.count)
  }

  /** For a limit of which nobody can tell what remains. */
  showNothingRemaining(): void {
    if (!this.#tracksRemaining) return
    const state = this.#index + RESOURCE_STATE
    this.#counters.put(this.#index + RESOURCE_REMAINING, 0)
    this.#counters.put(state, this.#counters.get(state) | RESOURCE_SHOWN.remaining)
  }

  #show(count: number): void {
    const { max } = this
    let state: number = count < max ? RESOURCE_SHOWN.state : RESOURCE_SHOWN.state | RESOURCE_SHOWN.open
    if (this.#tracksRemaining) {
      state |= RESOURCE_SHOWN.remaining
      this.#counters.put(this.#index + RESOURCE_REMAINING, Math.max(0, max - count))
    }
    this.#counters.put(this.#index + RESOURCE_STATE, state)
  }
}
