import type {
  Counter,
  Gauge,
  GaugeImport,
  Histogram,
  HistogramUnit,
  LatestGauge,
  Scope,
  StatTags,
  TextReadout,
} from '../api/stats.ts'
import { sanitizeScopeName } from './sanitize-name.ts'
import type { TaggedName } from './tags/tag.ts'

/** Where stats live under their full names. Asking twice for a name gives the same object. */
export interface NamedStats {
  counter(name: string, given?: TaggedName): Counter
  gauge(name: string, importMode: GaugeImport, given?: TaggedName): Gauge
  latestGauge(name: string, given?: TaggedName): LatestGauge
  histogram(name: string, unit: HistogramUnit, given?: TaggedName): Histogram
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

  counter(name: string, tags?: StatTags): Counter {
    const base = this.prefix + name
    return tags === undefined ? this.#stats.counter(base) : this.#stats.counter(fullName(base, tags), { base, tags })
  }

  gauge(name: string, importMode: GaugeImport = 'accumulate', tags?: StatTags): Gauge {
    const base = this.prefix + name
    if (tags === undefined) return this.#stats.gauge(base, importMode)
    return this.#stats.gauge(fullName(base, tags), importMode, { base, tags })
  }

  latestGauge(name: string, tags?: StatTags): LatestGauge {
    const base = this.prefix + name
    if (tags === undefined) return this.#stats.latestGauge(base)
    return this.#stats.latestGauge(fullName(base, tags), { base, tags })
  }

  histogram(name: string, unit: HistogramUnit = 'none', tags?: StatTags): Histogram {
    const base = this.prefix + name
    if (tags === undefined) return this.#stats.histogram(base, unit)
    return this.#stats.histogram(fullName(base, tags), unit, { base, tags })
  }

  textReadout(name: string): TextReadout {
    return this.#stats.textReadout(this.prefix + name)
  }
}

function fullName(base: string, tags: StatTags): string {
  let name = base
  for (const tag of tags) name += `.${tag.name}.${tag.value}`
  return name
}
