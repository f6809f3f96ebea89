import type { GaugeImport } from '../api/stats.ts'
import { acceptedNames, type AnnouncedNames } from './announced-names.ts'
import type { StatDefinition, StatDefinitions } from './definition.ts'
import { decodeDelta, type HistogramDelta } from './histogram/delta.ts'
import { MergedHistogram } from './histogram/merged-histogram.ts'
import { MergedCounter } from './merged-counter.ts'
import { MergedGauge } from './merged-gauge.ts'
import { StatGroups } from './stat-groups.ts'
import type { StatRun } from './stat-run.ts'
import { type AcceptsStat, EVERY_STAT, StatsMatchers } from './stats-matchers.ts'
import type { TaggedName } from './tags/tag.ts'
import { ThreadHistograms } from './thread-histograms.ts'
import type { StatsStore } from './stats-store.ts'

export interface MergedText {
  readonly name: string
  readonly text: string
  readonly used: boolean
  /** The same for as long as the text is there. */
  readonly owner: object
}

/** What main knows about one thread: its pages and, by id, its histograms. */
interface ThreadPart {
  readonly pages: Float64Array[]
  readonly histograms: ThreadHistograms
}

export interface WorkerHistogramDelta {
  readonly worker: number
  readonly delta: HistogramDelta
}

export type OnGivenTags = (name: string, given: TaggedName) => void

const MAIN = -1

/**
 * The main thread's view of all stats of the process, summed by name over threads. Lists are in the order in which
 * Envoy prints them: by name.
 */
export class MergedStats {
  readonly #main: StatsStore
  readonly #matchers: StatsMatchers
  readonly #threads = new Map<number, ThreadPart>()
  readonly #counters = new StatGroups<MergedCounter>()
  readonly #gauges = new StatGroups<MergedGauge>()
  readonly #histograms = new StatGroups<MergedHistogram>()
  /** By prefix, whatever of it may be seen. */
  readonly #announced = new Map<string, AnnouncedNames>()
  readonly #waitingGauges = new Map<string, number>()
  /** What a matcher below a prefix keeps from being seen; another one may show it. (What the general one rejects is gone.) */
  #hidden: { readonly part: ThreadPart; readonly stat: StatDefinition }[] = []

  readonly #onGivenTags: OnGivenTags

  /**
   * `accepts` says which stats exist for whoever looks (`stats_matcher`); the others are counted unseen. `onGivenTags` is told
   * of those whose tags are not to be found in their names.
   */
  constructor(main: StatsStore, accepts: AcceptsStat = EVERY_STAT, onGivenTags: OnGivenTags = () => undefined) {
    this.#main = main
    this.#onGivenTags = onGivenTags
    this.#matchers = new StatsMatchers(accepts)
  }

  /** What is to be seen below a prefix (with its dot), whatever else says; undefined: as elsewhere. */
  matchBelow(prefix: string, accepts: ((name: string) => boolean) | undefined): void {
    if (accepts === undefined && !this.#matchers.has(prefix)) return
    // Before it, what is created already would be held against the old one.
    this.#takeOwn()
    this.#matchers.set(prefix, accepts)
    const rejected = (name: string) => !this.#matchers.accepts(name)
    for (const stats of [this.#counters, this.#gauges, this.#histograms]) stats.forget(prefix, rejected)
    const hidden = this.#hidden
    this.#hidden = []
    for (const { part, stat } of hidden) this.#show(part, stat)
    for (const [below, names] of this.#announced) if (below.startsWith(prefix)) this.#list(below, names)
  }

  /** Lists these names below a prefix (with its dot) as never used, as long as they are; until it is forgotten. */
  announce(prefix: string, names: AnnouncedNames): void {
    this.#announced.set(prefix, names)
    this.#list(prefix, names)
  }

  /** Takes in what a worker has created. In the order in which the worker took the batches. */
  addDefinitions(worker: number, definitions: StatDefinitions): void {
    const part = this.#part(worker)
    for (const page of definitions.pages) part.pages.push(new Float64Array(page))
    for (const stat of definitions.stats) this.#show(part, stat)
  }

  /** Without those that are only announced, as the other two. */
  counters(): readonly MergedCounter[] {
    this.#takeOwn()
    return this.#counters.list()
  }

  gauges(): readonly MergedGauge[] {
    this.#takeOwn()
    return this.#gauges.list()
  }

  histograms(): readonly MergedHistogram[] {
    this.#takeOwn()
    return this.#histograms.list()
  }

  counterRuns(): readonly StatRun<MergedCounter>[] {
    this.#takeOwn()
    return this.#counters.runs()
  }

  gaugeRuns(): readonly StatRun<MergedGauge>[] {
    this.#takeOwn()
    return this.#gauges.runs()
  }

  histogramRuns(): readonly StatRun<MergedHistogram>[] {
    this.#takeOwn()
    return this.#histograms.runs()
  }

  textReadouts(): readonly MergedText[] {
    return [...this.#main.texts]
      .filter(([name]) => this.#matchers.accepts(name))
      .map(([name, stored]) => ({ name, text: stored.text, used: stored.used, owner: stored }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  counter(name: string): MergedCounter | undefined {
    this.#takeOwn()
    return this.#counters.get(name)
  }

  gauge(name: string): MergedGauge | undefined {
    this.#takeOwn()
    return this.#gauges.get(name)
  }

  histogram(name: string): MergedHistogram | undefined {
    this.#takeOwn()
    return this.#histograms.get(name)
  }

  /** Begins a new interval in every histogram and fills it with what all workers and main recorded since the last. */
  mergeHistograms(workers: readonly WorkerHistogramDelta[]): void {
    this.#takeOwn()
    for (const histogram of this.#histograms.list()) histogram.beginInterval()
    this.#mergeDelta(MAIN, this.#main.takeHistogramDelta())
    for (const { worker, delta } of workers) this.#mergeDelta(worker, delta)
  }

  /** Stops showing what is below a prefix (with its dot); after every thread's store has forgotten it. */
  forget(prefix: string): void {
    this.#takeOwn()
    for (const stats of [this.#counters, this.#gauges, this.#histograms]) stats.forget(prefix)
    this.#hidden = this.#hidden.filter(({ stat }) => !stat.name.startsWith(prefix))
    this.#matchers.set(prefix, undefined)
    this.#announced.delete(prefix)
    for (const { histograms } of this.#threads.values()) histograms.forget(prefix)
  }

  resetCounters(): void {
    for (const counter of this.counters()) counter.reset()
  }

  /** What a hot-restart parent has counted since its last export; a counter that is unknown here is made. */
  importCounter(name: string, delta: number): void {
    if (!this.#matchers.accepts(name)) return
    this.#takeOwn()
    this.#counters.getOrAdd(name, () => new MergedCounter(name)).import(delta)
  }

  /**
   * A hot-restart parent's present value of a gauge. One that is unknown here waits until it is made, because only then
   * is known whether the parent's value counts.
   */
  importGauge(name: string, value: number): void {
    this.#takeOwn()
    const gauge = this.#gauges.get(name) ?? this.#announcedGauge(name)
    if (gauge === undefined) this.#waitingGauges.set(name, value)
    else gauge.import(value)
  }

  /** The parent is gone: its part of the gauges goes too, except of those named. */
  withdrawImportedGauges(except: readonly string[]): void {
    this.#waitingGauges.clear()
    for (const gauge of this.gauges()) if (!except.includes(gauge.name)) gauge.withdraw()
  }

  #takeOwn(): void {
    const own = this.#main.takeDefinitions()
    if (own !== undefined) this.addDefinitions(MAIN, own)
  }

  #part(thread: number): ThreadPart {
    let part = this.#threads.get(thread)
    if (part === undefined) this.#threads.set(thread, (part = { pages: [], histograms: new ThreadHistograms() }))
    return part
  }

  #list(prefix: string, names: AnnouncedNames): void {
    const isAll = this.#matchers.acceptsAllBelow(prefix)
    const shown = isAll ? names : acceptedNames(names, (suffix) => this.#matchers.accepts(prefix + suffix))
    this.#counters.announce(prefix, shown.counters)
    this.#gauges.announce(prefix, shown.gauges)
    this.#histograms.announce(prefix, shown.histograms)
  }

  #show(part: ThreadPart, stat: StatDefinition): void {
    if (this.#matchers.accepts(stat.name)) this.#define(part, stat)
    else if (this.#matchers.hasOwn(stat.name)) this.#hidden.push({ part, stat })
  }

  #define(part: ThreadPart, stat: StatDefinition): void {
    const { name } = stat
    if (stat.given !== undefined) this.#onGivenTags(name, stat.given)
    switch (stat.kind) {
      case 'counter':
        this.#counters.getOrAdd(name, () => new MergedCounter(name)).slots.add(pageOf(part, stat.page), stat.index)
        return
      case 'gauge':
        this.#gauges
          .getOrAdd(name, () => this.#newGauge(name, stat.importMode))
          .slots.add(pageOf(part, stat.page), stat.index)
        return
      case 'latest-gauge': {
        const { page, index, stamp } = stat
        const { latest } = this.#gauges.getOrAdd(name, () => this.#newGauge(name, 'never'))
        latest.add(pageOf(part, page), index, pageOf(part, stamp.page), stamp.index)
        return
      }
      case 'histogram':
        part.histograms.add(
          stat.id,
          this.#histograms.getOrAdd(name, () => new MergedHistogram(name, stat.unit)),
        )
    }
  }

  /** Nobody has made it, but it is listed and may be the parent's. */
  #announcedGauge(name: string): MergedGauge | undefined {
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      const names = this.#announced.get(name.slice(0, dot + 1))
      if (names === undefined) continue
      const suffix = name.slice(dot + 1)
      if (!names.gauges.includes(suffix) || names.ownGauges.includes(suffix)) return undefined
      return this.#matchers.accepts(name)
        ? this.#gauges.getOrAdd(name, () => this.#newGauge(name, 'accumulate'))
        : undefined
    }
    return undefined
  }

  #newGauge(name: string, importMode: GaugeImport): MergedGauge {
    const gauge = new MergedGauge(name, importMode)
    const waiting = this.#waitingGauges.get(name)
    if (waiting !== undefined) gauge.import(waiting)
    this.#waitingGauges.delete(name)
    return gauge
  }

  #mergeDelta(thread: number, delta: HistogramDelta): void {
    const { histograms } = this.#part(thread)
    decodeDelta(delta, (id, bin, count) => histograms.get(id)?.add(bin, count))
  }
}

function pageOf(part: ThreadPart, page: number): Float64Array {
  const view = part.pages[page]
  if (view === undefined) throw new Error(`stats page ${page} was never announced`)
  return view
}
