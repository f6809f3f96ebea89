/** What of all stats a query lets through, by name, without making a list of them: there may be a million. */
import type { MergedHistogram } from '../histogram/merged-histogram.ts'
import type { MergedStats, MergedText } from '../merged-stats.ts'
import type { StatRun } from '../stat-run.ts'
import type { StatsQuery, StatType } from './stats-query.ts'

interface Shown {
  readonly used: boolean
}

interface ShownNumber extends Shown {
  readonly value: number
}

/** Undefined: announced, and nobody has counted. */
type Visit<T> = (run: StatRun<T>, suffix: string, stat: T | undefined) => void

export function shownTexts(stats: MergedStats, query: StatsQuery): readonly MergedText[] {
  const { usedOnly, wanted } = query
  if (!isAsked(query, 'TextReadouts')) return []
  return stats.textReadouts().filter(({ used, name }) => (!usedOnly || used) && (wanted === undefined || wanted(name)))
}

export function visitCounters(stats: MergedStats, query: StatsQuery, visit: Visit<ShownNumber>): void {
  if (isAsked(query, 'Counters')) visitRuns(stats.counterRuns(), query, visit)
}

export function visitGauges(stats: MergedStats, query: StatsQuery, visit: Visit<ShownNumber>): void {
  if (isAsked(query, 'Gauges')) visitRuns(stats.gaugeRuns(), query, visit)
}

export function visitHistograms(stats: MergedStats, query: StatsQuery, visit: Visit<MergedHistogram>): void {
  if (isAsked(query, 'Histograms')) visitRuns(stats.histogramRuns(), query, visit)
}

/** Counters and gauges together. */
export function visitNumbers(stats: MergedStats, query: StatsQuery, visit: Visit<ShownNumber>): void {
  if (!isAsked(query, 'Gauges')) return visitCounters(stats, query, visit)
  if (!isAsked(query, 'Counters')) return visitGauges(stats, query, visit)
  const counters = stats.counterRuns()
  const gauges = stats.gaugeRuns()
  let c = 0
  let g = 0
  while (c < counters.length || g < gauges.length) {
    const counter = counters[c]
    const gauge = gauges[g]
    if (gauge === undefined || (counter !== undefined && counter.order < gauge.order)) {
      // One of them is there, as the loop says.
      visitRun(counter!, query, visit)
      c++
    } else if (counter === undefined || gauge.order < counter.order) {
      visitRun(gauge, query, visit)
      g++
    } else {
      visitBoth(counter, gauge, query, visit)
      c++
      g++
    }
  }
}

function isAsked({ type }: StatsQuery, own: StatType): boolean {
  return type === 'All' || type === own
}

function visitRuns<T extends Shown>(runs: readonly StatRun<T>[], query: StatsQuery, visit: Visit<T>): void {
  for (const run of runs) visitRun(run, query, visit)
}

function visitRun<T extends Shown>(run: StatRun<T>, query: StatsQuery, visit: Visit<T>): void {
  const { suffixes, stats } = run
  for (let at = 0; at < suffixes.length; at++) visitOne(run, suffixes[at]!, stats[at], query, visit)
}

/** Two runs of the same prefix; counters first where a name is both. */
function visitBoth<T extends Shown>(a: StatRun<T>, b: StatRun<T>, query: StatsQuery, visit: Visit<T>): void {
  let i = 0
  let j = 0
  while (i < a.suffixes.length || j < b.suffixes.length) {
    const left = a.suffixes[i]
    const right = b.suffixes[j]
    // One of them is there, as the loop says.
    if (right === undefined || (left !== undefined && left <= right)) visitOne(a, left!, a.stats[i++], query, visit)
    else visitOne(b, right, b.stats[j++], query, visit)
  }
}

function visitOne<T extends Shown>(
  run: StatRun<T>,
  suffix: string,
  stat: T | undefined,
  { usedOnly, wanted }: StatsQuery,
  visit: Visit<T>,
): void {
  if (usedOnly && stat?.used !== true) return
  if (wanted === undefined || wanted(run.prefix + suffix)) visit(run, suffix, stat)
}
