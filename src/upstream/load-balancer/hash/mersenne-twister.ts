/** The 32-bit Mersenne Twister (MT19937; Matsumoto and Nishimura, 1998): the same sequence for the same seed everywhere. */
const SIZE = 624
const MIDDLE = 397

export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE)
  #at = SIZE

  constructor(seed: number) {
    const state = this.#state
    state[0] = seed
    for (let i = 1; i < SIZE; i++) {
      const before = state[i - 1]! ^ (state[i - 1]! >>> 30)
      state[i] = Math.imul(before, 1_812_433_253) + i
    }
  }

  /** An unsigned 32-bit integer. */
  next(): number {
    if (this.#at === SIZE) this.#twist()
    let y = this.#state[this.#at++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  #twist(): void {
    const state = this.#state
    for (let i = 0; i < SIZE; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff)
      state[i] = state[(i + MIDDLE) % SIZE]! ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908b0df)
    }
    this.#at = 0
  }
}
