/*
 * Statistics. A scope interns a name once and hands back the object to count with; the data path keeps
 * those objects and never builds a name. Each thread writes its own slots in shared memory; the main
 * thread sums them by name. Names follow Envoy (docs: configuration/*\/stats).
 */

/** A scope is a name prefix. `scope('cluster.')` of the root and `counter('x')` of that is `cluster.x`. */
export interface Scope {
  /** With its trailing dot; '' for the root. */
  readonly prefix: string
  scope(name: string): Scope
  /** `tags`: in place of those that would be found in the name; the whole name ends with them. */
  counter(name: string, tags?: StatTags): Counter
  /** `import` says what a hot-restart child does with the parent's value. */
  gauge(name: string, importMode?: GaugeImport, tags?: StatTags): Gauge
  /** One that every thread may set; a hot-restart parent has no part in it. */
  latestGauge(name: string, tags?: StatTags): LatestGauge
  histogram(name: string, unit?: HistogramUnit, tags?: StatTags): Histogram
  textReadout(name: string): TextReadout
}

/** In the order in which they are shown. */
export type StatTags = readonly { readonly name: string; readonly value: string }[]

export type GaugeImport = 'accumulate' | 'never'
export type HistogramUnit = 'ms' | 'us' | 'bytes' | 'percent' | 'none'

/** Counts up; the sum over threads is shown. */
export interface Counter {
  inc(): void
  add(amount: number): void
  /** This thread's part. */
  readonly value: number
}

/** Adds up over threads; `set` only where one thread alone writes the gauge. Whole numbers up to 2^53. */
export interface Gauge {
  inc(): void
  dec(): void
  add(amount: number): void
  sub(amount: number): void
  set(value: number): void
  /** This thread's part. */
  readonly value: number
}

/** Shown is what any thread has set last. Whole numbers up to 2^53. */
export interface LatestGauge {
  /** `wallMs`: now, by the wall clock. */
  set(value: number, wallMs: number): void
}

/**
 * Log-linear buckets, merged over threads at each flush. Allocates nothing but at the first value of a magnitude.
 * Values are whole numbers: a fraction is cut off (1.9 ms counts as 1), anything below 1 is zero. Only where the unit
 * is 'percent' are fractions meant: 1 is 100 %.
 */
export interface Histogram {
  record(value: number): void
}

/** Shown where the main thread set it; what a worker sets is seen by nobody. */
export interface TextReadout {
  set(text: string): void
}
