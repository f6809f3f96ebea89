import type { LatestGauge } from '../api/stats.ts'
import type { Slot } from './slot-pages.ts'

/** What this thread has last set a gauge to, and when, in its shared memory. */
export class SlotLatestGauge implements LatestGauge {
  private readonly value: Slot
  private readonly stamp: Slot

  constructor(value: Slot, stamp: Slot) {
    this.value = value
    this.stamp = stamp
  }

  set(value: number, wallMs: number): void {
    this.value.slots[this.value.index] = value + 0
    this.stamp.slots[this.stamp.index] = wallMs
  }
}
