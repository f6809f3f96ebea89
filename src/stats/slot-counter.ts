import type { Counter } from '../api/stats.ts'
import type { Slot } from './slot-pages.ts'

/** A counter in this thread's shared memory. */
export class SlotCounter implements Counter {
  private readonly slots: Float64Array
  private readonly index: number

  constructor(slot: Slot) {
    this.slots = slot.slots
    this.index = slot.index
  }

  inc(): void {
    this.slots[this.index]! += 1
  }

  add(amount: number): void {
    this.slots[this.index]! += amount
  }

  get value(): number {
    return this.slots[this.index]! + 0
  }
}
