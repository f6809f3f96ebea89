/** Stats of a test: plain numbers by full name. */
import type { Counter, Gauge, Histogram, Scope, TextReadout } from '../../api/stats.ts'

export class CountingScope implements Scope {
  readonly prefix: string
  readonly values: Map<string, number>

  constructor(prefix = '', values: Map<string, number> = new Map<string, number>()) {
    this.prefix = prefix
    this.values = values
  }

  scope(name: string): Scope {
    return new CountingScope(this.prefix + name, this.values)
  }

  counter(name: string): Counter {
    return new Value(this.values, this.prefix + name)
  }

  gauge(name: string): Gauge {
    return new Value(this.values, this.prefix + name)
  }

  histogram(name: string): Histogram {
    const value = new Value(this.values, this.prefix + name)
    return { record: () => value.inc() }
  }

  textReadout(): TextReadout {
    return { set: () => undefined }
  }
}

class Value implements Counter, Gauge {
  readonly #values: Map<string, number>
  readonly #name: string

  constructor(values: Map<string, number>, name: string) {
    this.#values = values
    this.#name = name
    if (!values.has(name)) values.set(name, 0)
  }

  get value(): number {
    return this.#values.get(this.#name)!
  }

  inc(): void {
    this.add(1)
  }

  dec(): void {
    this.add(-1)
  }

  add(amount: number): void {
    this.set(this.value + amount)
  }

  sub(amount: number): void {
    this.add(-amount)
  }

  set(value: number): void {
    this.#values.set(this.#name, value)
  }
}
