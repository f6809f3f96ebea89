/** envoy.overload_actions.shrink_heap: while it is saturated, memory is given back every now and then. */
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { Counter, Scope } from '../../api/stats.ts'

export interface HeapShrinkerDeps {
  readonly dispatcher: Dispatcher
  /** `overload.` */
  readonly scope: Scope
  readonly intervalMs: number
  shrink(): void
}

export class HeapShrinker {
  readonly #deps: HeapShrinkerDeps
  readonly #count: Counter
  readonly #timer: Timer
  #active = false

  constructor(deps: HeapShrinkerDeps) {
    this.#deps = deps
    this.#count = deps.scope.counter('envoy.overload_actions.shrink_heap.shrink_count')
    this.#timer = deps.dispatcher.timer(() => this.#tick())
    // It ticks all the time, as in Envoy: a saturation that is over before the tick does nothing.
    this.#timer.enable(deps.intervalMs)
  }

  setActive(active: boolean): void {
    this.#active = active
  }

  close(): void {
    this.#timer.disable()
  }

  #tick(): void {
    if (this.#active) {
      this.#count.inc()
      this.#deps.shrink()
    }
    this.#timer.enable(this.#deps.intervalMs)
  }
}
