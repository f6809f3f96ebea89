/** A timer of a dispatcher, which is a place on its wheel. */
import type { Timer } from '../api/event.ts'
import { WheelNode } from '../base/timer-wheel.ts'

/** The dispatcher, as its timers see it. */
export interface TimerOwner {
  /** Armed already: its time is another one from now on. */
  arm(timer: WheelNode, ms: number): void
  disarm(timer: WheelNode): void
}

export class WheelTimer extends WheelNode implements Timer {
  readonly #owner: TimerOwner

  constructor(owner: TimerOwner, callback: () => void) {
    super(callback)
    this.#owner = owner
  }

  get enabled(): boolean {
    return this.slot >= 0
  }

  enable(ms: number): void {
    this.#owner.arm(this, ms)
  }

  disable(): void {
    this.#owner.disarm(this)
  }
}
