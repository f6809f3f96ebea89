/** The 32-bit Mersenne Twister (MT19937; Matsumoto and Nishimura, 1998): the same sequence for the same seed everywhere. */
const SIZE = 624
const MIDDLE = 397

export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE)
  #at = 0

  constructor(seed: number) {
    this.seed(seed)
  }

  /** From now on the sequence of this seed. */
  seed(seed: number): void {
    const state = this.#state
    this.#at = 0
    state[0] = seed
    for (let i = 1; i < SIZE; i++) {
      const before = state[i - 1]! ^ (state[i - 1]! >>> 30)
      state[i] = Math.imul(before, 1_812_433_253) + i
    }
  }

  /** An unsigned 32-bit integer. */
  next(): number {
    const at = this.#at
    this.#at = at + 1 === SIZE ? 0 : at + 1
    let y = this.#twist(at)
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  /** The next round's number at this place: only those that somebody wants are made. */
  #twist(at: number): number {
    const state = this.#state
    const y = (state[at]! & 0x80000000) | (state[(at + 1) % SIZE]! & 0x7fffffff)
    const next = state[(at + MIDDLE) % SIZE]! ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908b0df)
    state[at] = next
    return next
  }
}
