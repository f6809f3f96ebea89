import type { StatDefinition, StatDefinitions } from './definition.ts'
import { decodeDelta, type HistogramDelta } from './histogram/delta.ts'
import { MergedHistogram } from './histogram/merged-histogram.ts'
import { MergedCounter } from './merged-counter.ts'
import { MergedGauge } from './merged-gauge.ts'
import { SortedStats } from './sorted-stats.ts'
import type { StatsStore } from './stats-store.ts'

export interface MergedText {
  readonly name: string
  readonly text: string
  readonly used: boolean
}

/** What main knows about one thread: its pages and, by id, its histograms. */
interface ThreadPart {
  readonly pages: Float64Array[]
  readonly histograms: MergedHistogram[]
}

export interface WorkerHistogramDelta {
  readonly worker: number
  readonly delta: HistogramDelta
}

const MAIN = -1

/**
 * The main thread's view of all stats of the process, summed by name over threads. Lists are in the order in which
 * Envoy prints them: by name.
 */
export class MergedStats {
  readonly #main: StatsStore
  readonly #accepts: (name: string) => boolean
  readonly #threads = new Map<number, ThreadPart>()
  readonly #counters = new SortedStats<MergedCounter>()
  readonly #gauges = new SortedStats<MergedGauge>()
  readonly #histograms = new SortedStats<MergedHistogram>()

  /** `accepts` says which stats exist for whoever looks (`stats_matcher`); the others are counted unseen. */
  constructor(main: StatsStore, accepts: (name: string) => boolean = () => true) {
    this.#main = main
    this.#accepts = accepts
  }

  /** Takes in what a worker has created. In the order in which the worker took the batches. */
  addDefinitions(worker: number, definitions: StatDefinitions): void {
    const part = this.#part(worker)
    for (const page of definitions.pages) part.pages.push(new Float64Array(page))
    for (const stat of definitions.stats) {
      if (this.#accepts(stat.name)) this.#define(part, stat)
    }
  }

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

  textReadouts(): readonly MergedText[] {
    return [...this.#main.texts]
      .filter(([name]) => this.#accepts(name))
      .map(([name, { text, used }]) => ({ name, text, used }))
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

  resetCounters(): void {
    for (const counter of this.counters()) counter.reset()
  }

  #takeOwn(): void {
    const own = this.#main.takeDefinitions()
    if (own !== undefined) this.addDefinitions(MAIN, own)
  }

  #part(thread: number): ThreadPart {
    let part = this.#threads.get(thread)
    if (part === undefined) this.#threads.set(thread, (part = { pages: [], histograms: [] }))
    return part
  }

  #define(part: ThreadPart, stat: StatDefinition): void {
    const { name } = stat
    switch (stat.kind) {
      case 'counter':
        this.#counters.getOrAdd(name, () => new MergedCounter(name)).slots.add(pageOf(part, stat.page), stat.index)
        return
      case 'gauge':
        this.#gauges
          .getOrAdd(name, () => new MergedGauge(name, stat.importMode))
          .slots.add(pageOf(part, stat.page), stat.index)
        return
      case 'histogram':
        part.histograms[stat.id] = this.#histograms.getOrAdd(name, () => new MergedHistogram(name, stat.unit))
    }
  }

  #mergeDelta(thread: number, delta: HistogramDelta): void {
    const { histograms } = this.#part(thread)
    decodeDelta(delta, (id, bin, count) => histograms[id]?.add(bin, count))
  }
}

function pageOf(part: ThreadPart, page: number): Float64Array {
  const view = part.pages[page]
  if (view === undefined) throw new Error(`stats page ${page} was never announced`)
  return view
}
