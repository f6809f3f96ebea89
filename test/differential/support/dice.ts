/** Choices by chance that are the same in every run. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** Below `limit`. */
  roll(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) >>> 0
    return (this.#state >>> 8) % limit
  }

  oneOf<T>(options: readonly T[]): T {
    return options[this.roll(options.length)]!
  }

  /** One in so many. */
  oneIn(count: number): boolean {
    return this.roll(count) === 0
  }

  some<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + this.roll(most - least + 1) }, make)
  }
}
