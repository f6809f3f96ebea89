import type { FractionalPercent, RuntimeSnapshot } from '../api/runtime.ts'
import type { LayerEntries } from './flatten-layer.ts'

/** Entries as they are after all layers. */
export class Snapshot implements RuntimeSnapshot {
  readonly #entries: LayerEntries

  constructor(entries: LayerEntries) {
    this.#entries = entries
  }

  get(key: string): string | undefined {
    return this.#entries.get(key)?.text
  }

  integer(key: string, fallback: number): number {
    return this.#entries.get(key)?.integer ?? fallback
  }

  double(key: string, fallback: number): number {
    return this.#entries.get(key)?.double ?? fallback
  }

  boolean(key: string, fallback: boolean): boolean {
    return this.#entries.get(key)?.boolean ?? fallback
  }

  featureEnabled(key: string, fallback: number, randomValue: number): boolean {
    return randomValue % 100 < Math.min(this.integer(key, fallback), 100)
  }

  fractionEnabled(key: string, fallback: FractionalPercent, randomValue: number): boolean {
    const entry = this.#entries.get(key)
    if (entry?.fraction !== undefined) return isBelow(entry.fraction, randomValue)
    if (entry?.integer !== undefined) return randomValue % 100 < entry.integer
    return isBelow(fallback, randomValue)
  }
}

function isBelow({ numerator, denominator }: FractionalPercent, randomValue: number): boolean {
  return randomValue % denominator < numerator
}
