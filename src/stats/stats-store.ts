import type {
  Counter,
  Gauge,
  GaugeImport,
  Histogram,
  HistogramUnit,
  LatestGauge,
  Scope,
  TextReadout,
} from '../api/stats.ts'
import type { StatDefinition, StatDefinitions } from './definition.ts'
import { encodeDelta, type HistogramDelta } from './histogram/delta.ts'
import { GroupedNames } from './grouped-names.ts'
import { type HistogramObserver, HistogramRecorder, type RecorderOwner } from './histogram/recorder.ts'
import { SlotCounter } from './slot-counter.ts'
import { SlotGauge } from './slot-gauge.ts'
import { SlotLatestGauge } from './slot-latest-gauge.ts'
import { SlotPages } from './slot-pages.ts'
import { type NamedStats, StoreScope } from './store-scope.ts'
import type { TaggedName } from './tags/tag.ts'

/** A text that the main thread shows. Those of workers are written and never read. */
class StoredText implements TextReadout {
  text = ''
  used = false

  set(text: string): void {
    this.text = text
    this.used = true
  }
}

export interface StatsStoreOptions {
  /** Smaller pages for tests. */
  readonly slotsPerPage?: number
}

/**
 * All stats of one thread, written by that thread alone. What it creates it announces through `takeDefinitions`, so
 * that the main thread's `MergedStats` can read the slots; histograms it hands over on request.
 */
export class StatsStore implements NamedStats, RecorderOwner {
  readonly root: Scope = new StoreScope(this, '')
  readonly #pages: SlotPages
  readonly #counters = new GroupedNames<Counter>()
  readonly #gauges = new GroupedNames<Gauge>()
  readonly #latestGauges = new GroupedNames<LatestGauge>()
  readonly #histograms = new GroupedNames<HistogramRecorder>()
  readonly #texts = new GroupedNames<StoredText>()
  #definitions: StatDefinition[] = []
  #touched: HistogramRecorder[] = []
  #nextHistogram = 0
  histogramObserver: HistogramObserver | undefined = undefined
  /** Is told of every histogram whose tags are given with it. */
  onGivenTags: ((name: string, given: TaggedName) => void) | undefined = undefined

  constructor(options: StatsStoreOptions = {}) {
    this.#pages = new SlotPages(options.slotsPerPage)
  }

  counter(name: string, given?: TaggedName): Counter {
    return this.#counters.get(name) ?? this.#addCounter(name, given)
  }

  /** The import mode of the first caller holds. */
  gauge(name: string, importMode: GaugeImport, given?: TaggedName): Gauge {
    return this.#gauges.get(name) ?? this.#addGauge(name, importMode, given)
  }

  latestGauge(name: string, given?: TaggedName): LatestGauge {
    return this.#latestGauges.get(name) ?? this.#addLatestGauge(name, given)
  }

  /** The unit of the first caller holds. */
  histogram(name: string, unit: HistogramUnit, given?: TaggedName): Histogram {
    return this.#histograms.get(name) ?? this.#addHistogram(name, unit, given)
  }

  textReadout(name: string): TextReadout {
    let text = this.#texts.get(name)
    if (text === undefined) this.#texts.set(name, (text = new StoredText()))
    return text
  }

  get texts(): ReadonlyMap<string, { readonly text: string; readonly used: boolean }> {
    return new Map(this.#texts.entries())
  }

  /** Stats created since the previous call; undefined when there are none. */
  takeDefinitions(): StatDefinitions | undefined {
    if (this.#definitions.length === 0) return undefined
    const stats = this.#definitions
    this.#definitions = []
    return { pages: this.#pages.takeNewPages(), stats }
  }

  /** What was recorded since the previous call. Definitions of its histograms must reach the main thread before it. */
  takeHistogramDelta(): HistogramDelta {
    const touched = this.#touched
    this.#touched = []
    return encodeDelta(touched)
  }

  /**
   * Gives up the stats below a prefix (with its dot), when what they belong to is removed. Objects that are still held
   * may be written and count for nobody; asking for a name again begins at zero. `MergedStats.forget` is the other half.
   */
  forget(prefix: string): void {
    for (const stats of [this.#counters, this.#gauges, this.#latestGauges, this.#histograms, this.#texts]) {
      stats.delete(prefix)
    }
    // What has not been announced yet never will be.
    this.#definitions = this.#definitions.filter(({ name }) => !name.startsWith(prefix))
  }

  /** From now on, of all histograms of the thread. */
  observeHistograms(observer: HistogramObserver): void {
    this.histogramObserver = observer
  }

  touched(recorder: HistogramRecorder): void {
    this.#touched.push(recorder)
  }

  #addCounter(name: string, given: TaggedName | undefined): Counter {
    const slot = this.#pages.allocate()
    const counter = new SlotCounter(slot)
    this.#counters.set(name, counter)
    this.#define({ kind: 'counter', name, page: slot.page, index: slot.index }, given)
    return counter
  }

  #addGauge(name: string, importMode: GaugeImport, given: TaggedName | undefined): Gauge {
    const slot = this.#pages.allocate()
    const gauge = new SlotGauge(slot)
    this.#gauges.set(name, gauge)
    this.#define({ kind: 'gauge', name, page: slot.page, index: slot.index, importMode }, given)
    return gauge
  }

  #addLatestGauge(name: string, given: TaggedName | undefined): LatestGauge {
    const slot = this.#pages.allocate()
    const stamp = this.#pages.allocate()
    const gauge = new SlotLatestGauge(slot, stamp)
    this.#latestGauges.set(name, gauge)
    const places = { page: slot.page, index: slot.index, stamp: { page: stamp.page, index: stamp.index } }
    this.#define({ kind: 'latest-gauge', name, ...places }, given)
    return gauge
  }

  #addHistogram(name: string, unit: HistogramUnit, given: TaggedName | undefined): Histogram {
    const recorder = new HistogramRecorder(this.#nextHistogram++, name, unit, this)
    this.#histograms.set(name, recorder)
    this.#define({ kind: 'histogram', name, id: recorder.id, unit }, given)
    if (given !== undefined) this.onGivenTags?.(name, given)
    return recorder
  }

  #define(definition: StatDefinition, given: TaggedName | undefined): void {
    this.#definitions.push(given === undefined ? definition : { ...definition, given })
  }
}
