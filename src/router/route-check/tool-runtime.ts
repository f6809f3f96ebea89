/** The runtime of a router check test: only the key that the test names is set, and to what the route says. */
import type { FractionalPercent, RuntimeSnapshot } from '../../api/runtime.ts'

export class ToolRuntime implements RuntimeSnapshot {
  readonly #key: string

  constructor(key = '') {
    this.#key = key
  }

  get(): string | undefined {
    return undefined
  }

  integer(_key: string, fallback: number): number {
    return fallback
  }

  double(_key: string, fallback: number): number {
    return fallback
  }

  boolean(_key: string, fallback: boolean): boolean {
    return fallback
  }

  featureEnabled(key: string, fallback: number, random: number): boolean {
    return this.fractionEnabled(key, { numerator: fallback, denominator: 100 }, random)
  }

  fractionEnabled(key: string, { numerator, denominator }: FractionalPercent, random: number): boolean {
    return this.#key !== '' && key === this.#key && random % denominator < numerator
  }
}
