/**
 * A dispatcher whose time stands still until a test moves it. Posted callbacks and deferred deletions run inside
 * `advance`, before anything that is due later; `advance(0)` is the end of a turn.
 */
import type { Deletable, Dispatcher, FileEvents, Timer } from '../api/event.ts'
import type { WheelNode } from '../base/timer-wheel.ts'
import { TimerWheel } from '../base/timer-wheel.ts'
import { ThreadLocals } from './thread-locals.ts'
import { WheelTimer } from './wheel-timer.ts'

/** Ticks of the wheel per millisecond: tests may use fractions. */
const TICKS_PER_MS = 1000
const START_MS = 1000
/** 2026-01-01T00:00:00Z. */
const WALL_START_MS = 1_767_225_600_000

export class SimulatedDispatcher implements Dispatcher {
  readonly name: string
  readonly #locals = new ThreadLocals(this)
  #now = START_MS
  readonly #wheel = new TimerWheel(START_MS * TICKS_PER_MS)
  #posted: (() => void)[] = []
  #deletable: Deletable[] = []

  constructor(name = 'main_thread') {
    this.name = name
  }

  get now(): number {
    return this.#now
  }

  get wallNow(): number {
    return WALL_START_MS + this.#now - START_MS
  }

  /** Armed timers: a test ends with none. */
  get armedTimers(): number {
    return this.#wheel.size
  }

  preciseNow(): number {
    return this.#now
  }

  timer(callback: () => void): Timer {
    return new WheelTimer(this, callback)
  }

  post(callback: () => void): void {
    this.#posted.push(callback)
  }

  deferredDelete(thing: Deletable): void {
    this.#deletable.push(thing)
  }

  callbackBegins(): void {}

  callbackEnds(): void {}

  place(): number {
    return 0
  }

  at(): void {}

  local<T extends object>(Kind: new (dispatcher: Dispatcher) => T): T {
    return this.#locals.get(Kind)
  }

  get files(): FileEvents {
    throw new Error('there are no descriptors in simulated time')
  }

  /** Lets `ms` pass: ends the present turn, then fires what becomes due, each at its own time. */
  advance(ms: number): void {
    this.#endTurn()
    const target = this.#now + ms
    const targetTick = Math.round(target * TICKS_PER_MS)
    for (;;) {
      const next = this.#wheel.nextTick()
      if (next === undefined || next > targetTick) break
      this.#wheel.advance(next, (tick) => {
        this.#now = tick / TICKS_PER_MS
      })
      this.#endTurn()
    }
    this.#wheel.advance(targetTick)
    this.#now = target
  }

  /** For the dispatcher's timers only. */
  arm(node: WheelNode, ms: number): void {
    this.#wheel.arm(node, Math.round((this.#now + ms) * TICKS_PER_MS))
  }

  /** For the dispatcher's timers only. */
  disarm(node: WheelNode): void {
    this.#wheel.disarm(node)
  }

  #endTurn(): void {
    while (this.#posted.length > 0 || this.#deletable.length > 0) {
      const posted = this.#posted
      this.#posted = []
      for (const callback of posted) callback()
      const deletable = this.#deletable
      this.#deletable = []
      for (const thing of deletable) thing.destroy()
    }
  }
}
