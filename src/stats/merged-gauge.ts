import type { GaugeImport } from '../api/stats.ts'
import { LatestSlots } from './latest-slots.ts'
import { MergedSlots } from './merged-slots.ts'

/** A gauge summed over threads, plus what a hot-restart parent still holds of it. */
export class MergedGauge {
  readonly name: string
  readonly importMode: GaugeImport
  readonly slots = new MergedSlots()
  #latest: LatestSlots | undefined = undefined
  #imported = 0
  #importUsed = false

  constructor(name: string, importMode: GaugeImport) {
    this.name = name
    this.importMode = importMode
  }

  get value(): number {
    return this.slots.sum() + this.#imported + (this.#latest?.value ?? 0)
  }

  get used(): boolean {
    return this.#importUsed || this.slots.touched() || this.#latest?.touched === true
  }

  /** Where threads set it as a whole. */
  get latest(): LatestSlots {
    return (this.#latest ??= new LatestSlots())
  }

  /** The parent's present value; it replaces the one before. Ignored where the gauge is this process's own affair. */
  import(parentValue: number): void {
    if (this.importMode === 'never') return
    this.#importUsed = true
    this.#imported = parentValue
  }

  /** Only this process's own part remains. */
  withdraw(): void {
    this.#imported = 0
  }
}
