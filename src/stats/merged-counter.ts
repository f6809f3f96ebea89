import { MergedSlots } from './merged-slots.ts'

/**
 * A counter summed over threads. The threads' slots only ever grow; resetting and latching remember where the sum
 * stood, so that they never write to another thread's memory.
 */
export class MergedCounter {
  readonly name: string
  readonly slots = new MergedSlots()
  #zeroAt = 0
  #latchedAt = 0
  /** What a hot-restart parent has counted and handed over. */
  #imported = 0
  #importUsed = false

  constructor(name: string) {
    this.name = name
  }

  get value(): number {
    return this.total - this.#zeroAt
  }

  /** Whatever was reset. */
  get total(): number {
    return this.slots.sum() + this.#imported
  }

  get used(): boolean {
    return this.#importUsed || this.slots.touched()
  }

  /** Growth since the previous latch, whatever was reset in between. */
  latch(): number {
    const sum = this.slots.sum() + this.#imported
    const delta = sum - this.#latchedAt
    this.#latchedAt = sum
    return delta
  }

  reset(): void {
    this.#zeroAt = this.slots.sum() + this.#imported
  }

  import(delta: number): void {
    this.#importUsed = true
    this.#imported += delta
  }
}
