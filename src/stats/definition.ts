import type { GaugeImport, HistogramUnit } from '../api/stats.ts'
import type { TaggedName } from './tags/tag.ts'

/** What a worker tells the main thread about one stat that it has created: plain data. */
export type StatDefinition = NamedDefinition & KindDefinition

interface NamedDefinition {
  readonly name: string
  /** Where tags were given with it: what they are. */
  readonly given?: TaggedName
}

type KindDefinition =
  | ({ readonly kind: 'counter' } & Place)
  | ({ readonly kind: 'gauge'; readonly importMode: GaugeImport } & Place)
  /** `stamp`: where its thread says when it set the gauge. */
  | ({ readonly kind: 'latest-gauge'; readonly stamp: Place } & Place)
  /** `id` names the histogram in this thread's histogram deltas. */
  | { readonly kind: 'histogram'; readonly id: number; readonly unit: HistogramUnit }

interface Place {
  readonly page: number
  readonly index: number
}

/**
 * Everything created since the previous batch. Pages are numbered per thread, in order of announcement over all
 * batches, so batches of one thread must be added in the order in which they were taken.
 */
export interface StatDefinitions {
  readonly pages: readonly SharedArrayBuffer[]
  readonly stats: readonly StatDefinition[]
}
