/** Stats of a test: plain numbers by full name. */
import type { Counter, Gauge, Histogram, LatestGauge, Scope, TextReadout } from '../../api/stats.ts'

export class CountingScope implements Scope {
  readonly prefix: string
  readonly #values: Map<string, Value>
  readonly #gauges: Set<string>

  constructor(
    prefix = '',
    values: Map<string, Value> = new Map<string, Value>(),
    gauges: Set<string> = new Set<string>(),
  ) {
    this.prefix = prefix
    this.#values = values
    this.#gauges = gauges
  }

  /** Of the full name, prefix included; undefined when nobody asked for such a stat. */
  valueOf(name: string): number | undefined {
    return this.#values.get(name)?.value
  }

  /** Names and values of the gauges below `prefix` that are not zero. */
  risenGauges(prefix = ''): Record<string, number> {
    const risen: Record<string, number> = {}
    for (const name of this.#gauges) {
      const value = this.valueOf(name)
      if (name.startsWith(prefix) && value !== undefined && value !== 0) risen[name] = value
    }
    return risen
  }

  scope(name: string): CountingScope {
    return new CountingScope(this.prefix + name, this.#values, this.#gauges)
  }

  counter(name: string): Counter {
    return this.#value(name)
  }

  gauge(name: string): Gauge {
    this.#gauges.add(this.prefix + name)
    return this.#value(name)
  }

  latestGauge(name: string): LatestGauge {
    return this.gauge(name)
  }

  /** Its value is the number of records. */
  histogram(name: string): Histogram {
    const value = this.#value(name)
    return { record: () => value.inc() }
  }

  textReadout(): TextReadout {
    return { set: () => undefined }
  }

  #value(name: string): Value {
    const full = this.prefix + name
    let value = this.#values.get(full)
    if (value === undefined) this.#values.set(full, (value = new Value()))
    return value
  }
}

class Value implements Counter, Gauge {
  value = 0

  inc(): void {
    this.value++
  }

  dec(): void {
    this.value--
  }

  add(amount: number): void {
    this.value += amount
  }

  sub(amount: number): void {
    this.value -= amount
  }

  set(value: number): void {
    this.value = value
  }
}
