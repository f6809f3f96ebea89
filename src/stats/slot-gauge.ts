import type { Gauge } from '../api/stats.ts'
import type { Slot } from './slot-pages.ts'

/** This thread's part of a gauge, in its shared memory. */
export class SlotGauge implements Gauge {
  private readonly slots: Float64Array
  private readonly index: number

  constructor(slot: Slot) {
    this.slots = slot.slots
    this.index = slot.index
  }

  inc(): void {
    this.slots[this.index]! += 1
  }

  dec(): void {
    this.slots[this.index]! -= 1
  }

  add(amount: number): void {
    this.slots[this.index]! += amount
  }

  // Adding 0 last makes -0 - 0 an ordinary zero: the gauge has been used (see untouched.ts).
  sub(amount: number): void {
    this.slots[this.index] = this.slots[this.index]! - amount + 0
  }

  set(value: number): void {
    this.slots[this.index] = value + 0
  }

  get value(): number {
    return this.slots[this.index]! + 0
  }
}
