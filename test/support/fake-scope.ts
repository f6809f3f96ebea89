import type { Scope } from '../../src/api/stats.ts'
import { MergedStats } from '../../src/stats/merged-stats.ts'
import { StatsStore } from '../../src/stats/stats-store.ts'

/** A scope for tests, with what was counted in it. Values are by full name; undefined: nobody created the stat. */
export interface TestScope {
  readonly scope: Scope
  counter(name: string): number | undefined
  gauge(name: string): number | undefined
  /** How many values were recorded so far. */
  samples(name: string): number | undefined
  text(name: string): string | undefined
  /** Names and values of all counters and gauges that differ from zero. */
  nonZero(): Record<string, number>
}

export function createTestScope(): TestScope {
  const store = new StatsStore()
  const stats = new MergedStats(store)
  return {
    scope: store.root,
    counter: (name) => stats.counter(name)?.value,
    gauge: (name) => stats.gauge(name)?.value,
    samples: (name) => {
      stats.mergeHistograms([])
      return stats.histogram(name)?.cumulative.sampleCount()
    },
    text: (name) => store.texts.get(name)?.text,
    nonZero: () =>
      Object.fromEntries(
        [...stats.counters(), ...stats.gauges()].filter((s) => s.value !== 0).map((s) => [s.name, s.value]),
      ),
  }
}
