import type { MergedHistogram } from '../histogram/merged-histogram.ts'
import type { MergedStats, MergedText } from '../merged-stats.ts'
import type { StatsQuery } from './stats-query.ts'

/** A counter or gauge as it is shown. */
export interface ShownNumber {
  readonly name: string
  readonly value: number
}

/** What of all stats a query lets through, each list by name. */
export interface Selection {
  readonly texts: readonly MergedText[]
  readonly counters: readonly ShownNumber[]
  readonly gauges: readonly ShownNumber[]
  readonly histograms: readonly MergedHistogram[]
}

export function select(stats: MergedStats, query: StatsQuery): Selection {
  const shown = (stat: { readonly name: string; readonly used: boolean }): boolean =>
    (!query.usedOnly || stat.used) && query.wanted(stat.name)
  const ofType = (type: StatsQuery['type']): boolean => query.type === 'All' || query.type === type
  return {
    texts: ofType('TextReadouts') ? stats.textReadouts().filter(shown) : [],
    counters: ofType('Counters') ? stats.counters().filter(shown) : [],
    gauges: ofType('Gauges') ? stats.gauges().filter(shown) : [],
    histograms: ofType('Histograms') ? stats.histograms().filter(shown) : [],
  }
}

/** Counters and gauges in one list by name. */
export function mergedByName(selection: Selection): readonly ShownNumber[] {
  const { counters, gauges } = selection
  const merged: ShownNumber[] = []
  let c = 0
  let g = 0
  while (c < counters.length || g < gauges.length) {
    const counter = counters[c]
    const gauge = gauges[g]
    if (gauge === undefined || (counter !== undefined && counter.name <= gauge.name)) merged.push(counters[c++]!)
    else merged.push(gauges[g++]!)
  }
  return merged
}
