/** Stats of a test: plain numbers by full name. */
import type { Counter, Gauge, Histogram, Scope, TextReadout } from '../../api/stats.ts'

export class CountingScope implements Scope {
  readonly prefix: string
  readonly #values: Map<string, Value>

  constructor(prefix = '', values: Map<string, Value> = new Map<string, Value>()) {
    this.prefix = prefix
    this.#values = values
  }

  /** Of the full name, prefix included; undefined when nobody asked for such a stat. */
  valueOf(name: string): number | undefined {
    return this.#values.get(name)?.value
  }

  scope(name: string): CountingScope {
    return new CountingScope(this.prefix + name, this.#values)
  }

  counter(name: string): Counter {
    return this.#value(name)
  }

  gauge(name: string): Gauge {
    return this.#value(name)
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
