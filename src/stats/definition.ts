import type { GaugeImport, HistogramUnit } from '../api/stats.ts'

/** What a worker tells the main thread about one stat that it has created: plain data. */
export type StatDefinition =
  | { readonly kind: 'counter'; readonly name: string; readonly page: number; readonly index: number }
  | {
      readonly kind: 'gauge'
      readonly name: string
      readonly page: number
      readonly index: number
      readonly importMode: GaugeImport
    }
  /** `id` names the histogram in this thread's histogram deltas. */
  | { readonly kind: 'histogram'; readonly name: string; readonly id: number; readonly unit: HistogramUnit }

/**
 * Everything created since the previous batch. Pages are numbered per thread, in order of announcement over all
 * batches, so batches of one thread must be added in the order in which they were taken.
 */
export interface StatDefinitions {
  readonly pages: readonly SharedArrayBuffer[]
  readonly stats: readonly StatDefinition[]
}
