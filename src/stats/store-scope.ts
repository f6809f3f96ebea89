import type { Counter, Gauge, GaugeImport, Histogram, HistogramUnit, Scope, TextReadout } from '../api/stats.ts'
import { sanitizeScopeName } from './sanitize-name.ts'

/** Where stats live under their full names. Asking twice for a name gives the same object. */
export interface NamedStats {
  counter(name: string): Counter
  gauge(name: string, importMode: GaugeImport): Gauge
  histogram(name: string, unit: HistogramUnit): Histogram
  textReadout(name: string): TextReadout
}

/** A prefix before the names of a store. */
export class StoreScope implements Scope {
  readonly prefix: string
  readonly #stats: NamedStats

  constructor(stats: NamedStats, prefix: string) {
    this.#stats = stats
    this.prefix = prefix
  }

  scope(name: string): Scope {
    const clean = sanitizeScopeName(name)
    return clean === '' ? this : new StoreScope(this.#stats, `${this.prefix}${clean}.`)
  }

  counter(name: string): Counter {
    return this.#stats.counter(this.prefix + name)
  }

  gauge(name: string, importMode: GaugeImport = 'accumulate'): Gauge {
    return this.#stats.gauge(this.prefix + name, importMode)
  }

  histogram(name: string, unit: HistogramUnit = 'none'): Histogram {
    return this.#stats.histogram(this.prefix + name, unit)
  }

  textReadout(name: string): TextReadout {
    return this.#stats.textReadout(this.prefix + name)
  }
}
