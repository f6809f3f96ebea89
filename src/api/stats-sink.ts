/* Where statistics are sent to (`stats_sinks`). Each thread makes its own sinks. */
import type { HistogramUnit } from './stats.ts'

/** A stat's name, whole and without the parts that became tags. */
export interface SunkName {
  readonly full: string
  readonly base: string
  readonly tags: readonly { readonly name: string; readonly value: string }[]
}

/** What was used, of all threads together. */
export interface MetricSnapshot {
  /** `delta`: since the flush before. */
  readonly counters: readonly { readonly name: SunkName; readonly delta: number }[]
  readonly gauges: readonly { readonly name: SunkName; readonly value: number }[]
}

export interface StatsSink {
  /** On the main thread, at each flush interval. */
  flush(snapshot: MetricSnapshot): void
  /** One value of a histogram of this thread, as it is recorded (see `Histogram.record`). */
  histogramValue?(name: SunkName, unit: HistogramUnit, value: number): void
  close(): void
}
