import type { HistogramUnit } from '../../api/stats.ts'
import { Bins } from './bins.ts'

/**
 * A histogram merged over threads: what the last flush interval brought, and everything since the start. Both change
 * only at a merge.
 */
export class MergedHistogram {
  readonly name: string
  readonly unit: HistogramUnit
  readonly interval: Bins
  readonly cumulative: Bins
  used = false

  constructor(name: string, unit: HistogramUnit) {
    this.name = name
    this.unit = unit
    this.interval = new Bins(unit === 'percent')
    this.cumulative = new Bins(unit === 'percent')
  }

  add(bin: number, count: number): void {
    this.used = true
    this.interval.add(bin, count)
    this.cumulative.add(bin, count)
  }

  beginInterval(): void {
    this.interval.clear()
  }
}
