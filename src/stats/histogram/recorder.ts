import type { Histogram, HistogramUnit } from '../../api/stats.ts'
import { binId, binOfDouble, ZERO_BIN } from './bin.ts'

/** Whoever wants to know which histograms have something to hand over. */
export interface RecorderOwner {
  /** Called at the first recording after each hand-over. */
  touched(recorder: HistogramRecorder): void
  /** Is told of every value. */
  readonly histogramObserver: HistogramObserver | undefined
}

export type HistogramObserver = (name: string, unit: HistogramUnit, value: number) => void

const DIGITS = 100

/**
 * One thread's recordings of one histogram since the last hand-over. A recording is an increment in an array for the
 * value's decade; only the first value in a decade allocates.
 */
export class HistogramRecorder implements Histogram {
  readonly id: number
  private readonly name: string
  private readonly unit: HistogramUnit
  private readonly owner: RecorderOwner
  private readonly fractional: boolean
  private dirty = false
  private zeros = 0
  /** Counts of whole numbers, by exponent, then by the two leading digits. */
  private readonly decades: (Float64Array | undefined)[] = []
  /** Bins of percentages, which are fractions and rare. */
  private fractions: Map<number, number> | undefined

  constructor(id: number, name: string, unit: HistogramUnit, owner: RecorderOwner) {
    this.id = id
    this.name = name
    this.unit = unit
    this.owner = owner
    this.fractional = unit === 'percent'
  }

  record(value: number): void {
    if (!this.dirty) {
      this.dirty = true
      this.owner.touched(this)
    }
    if (this.owner.histogramObserver !== undefined) this.owner.histogramObserver(this.name, this.unit, value)
    if (this.fractional) this.recordFraction(value)
    else if (value < 100) this.recordSmall(value)
    else this.recordLarge(value)
  }

  /** Calls back for every bin with a count, then starts anew. Order of bins is not defined. */
  drain(visit: (bin: number, count: number) => void): void {
    this.dirty = false
    if (this.zeros > 0) visit(ZERO_BIN, this.zeros)
    this.zeros = 0
    this.decades.forEach((counts, exponent) => {
      if (counts !== undefined) drainDecade(counts, exponent, visit)
    })
    this.fractions?.forEach((count, bin) => visit(bin, count))
    this.fractions = undefined
  }

  private recordSmall(value: number): void {
    const whole = value | 0
    if (whole <= 0) this.zeros++
    else if (whole < 10) this.decade(0)[whole * 10]! += 1
    else this.decade(1)[whole]! += 1
  }

  private recordLarge(value: number): void {
    let digits = Math.floor(value)
    let exponent = 1
    while (digits >= 100) {
      if (digits === Infinity) return
      digits = Math.floor(digits / 10)
      exponent++
    }
    this.decade(exponent)[digits]! += 1
  }

  private recordFraction(value: number): void {
    const bin = binOfDouble(value)
    this.fractions ??= new Map()
    this.fractions.set(bin, (this.fractions.get(bin) ?? 0) + 1)
  }

  private decade(exponent: number): Float64Array {
    return this.decades[exponent] ?? this.addDecade(exponent)
  }

  private addDecade(exponent: number): Float64Array {
    while (this.decades.length < exponent) this.decades.push(undefined)
    const counts = new Float64Array(DIGITS)
    this.decades[exponent] = counts
    return counts
  }
}

function drainDecade(counts: Float64Array, exponent: number, visit: (bin: number, count: number) => void): void {
  for (let digits = 10; digits < DIGITS; digits++) {
    const count = counts[digits]!
    if (count === 0) continue
    counts[digits] = 0
    visit(binId(digits, exponent), count)
  }
}
