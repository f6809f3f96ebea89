/**
 * A token bucket that several threads take from. Its whole state is one number in shared memory: the time at which it was
 * empty, so that what is in it now follows from the clock, and taking moves that time forward (the bucket of folly and of
 * Envoy's AtomicTokenBucketImpl). A state of zero is a bucket that nobody has used: it is full.
 */
import type { SharedState } from './shared-states.ts'

export interface TokenRate {
  readonly maxTokens: number
  /** Above zero. */
  readonly tokensPerSecond: number
}

/** Seconds, which all threads count from the same moment; above zero. */
export interface BucketClock {
  readonly seconds: number
}

/** One a year. */
const SLOWEST = 1 / (365 * 24 * 60 * 60)

/** Tokens; more than a double loses of them, and less than anybody misses. The clock may stand still between two looks. */
const ROUNDING = 1e-6

export class AtomicTokenBucket {
  readonly maxTokens: number
  readonly tokensPerSecond: number
  readonly #bits: BigInt64Array
  readonly #index: number
  readonly #clock: BucketClock
  readonly #scratch = new Float64Array(1)
  readonly #scratchBits = new BigInt64Array(this.#scratch.buffer)

  /** `index` of the state's floats. */
  constructor(rate: TokenRate, state: Pick<SharedState, 'bits'>, index: number, clock: BucketClock) {
    this.maxTokens = rate.maxTokens
    this.tokensPerSecond = Math.max(rate.tokensPerSecond, SLOWEST)
    this.#bits = state.bits
    this.#index = index
    this.#clock = clock
  }

  /** Takes all of it or nothing; true when it did. Nothing is never there to be taken. */
  consume(tokens: number): boolean {
    for (;;) {
      const before = Atomics.load(this.#bits, this.#index)
      const total = this.#tokensIn(before)
      if (tokens === 0 || total + ROUNDING < tokens) return false
      if (this.#exchange(before, total - tokens)) return true
    }
  }

  /** Takes at most `tokens`, whole ones; what it took. */
  take(tokens: number): number {
    for (;;) {
      const before = Atomics.load(this.#bits, this.#index)
      const total = this.#tokensIn(before)
      const taken = Math.min(tokens, Math.floor(total + ROUNDING))
      if (taken <= 0) return 0
      if (this.#exchange(before, total - taken)) return taken
    }
  }

  /** Held `tokens` at that time, and what has come since, unless somebody used it already. */
  startWith(tokens: number, seconds = this.#clock.seconds): void {
    this.#exchange(0n, tokens + (this.#clock.seconds - seconds) * this.tokensPerSecond)
  }

  /** Gives back, up to the brim. */
  refill(tokens: number): void {
    for (;;) {
      const before = Atomics.load(this.#bits, this.#index)
      const total = this.#tokensIn(before)
      if (total >= this.maxTokens || this.#exchange(before, Math.min(this.maxTokens, total + tokens))) return
    }
  }

  get remaining(): number {
    return Math.max(0, this.#tokensIn(Atomics.load(this.#bits, this.#index)))
  }

  /** How many can be taken at once. */
  get whole(): number {
    return Math.floor(this.remaining + ROUNDING)
  }

  /** ms until there is a whole one, rounded up; 0: now. */
  get nextTokenMs(): number {
    const { remaining } = this
    return remaining >= 1 ? 0 : Math.ceil(((1 - remaining) / this.tokensPerSecond) * 1000)
  }

  #tokensIn(bits: bigint): number {
    if (bits === 0n) return this.maxTokens
    this.#scratchBits[0] = bits
    return Math.min(this.maxTokens, (this.#clock.seconds - this.#scratch[0]!) * this.tokensPerSecond)
  }

  #exchange(before: bigint, total: number): boolean {
    this.#scratch[0] = this.#clock.seconds - total / this.tokensPerSecond
    const after = this.#scratchBits[0]!
    return Atomics.compareExchange(this.#bits, this.#index, before, after) === before
  }
}
