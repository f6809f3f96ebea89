/** A bucket of a limiter, and what clients are told of it. */
import type { BucketClock } from '../../../../base/atomic-token-bucket.ts'
import { AtomicTokenBucket } from '../../../../base/atomic-token-bucket.ts'
import type { SharedState } from '../../../../api/shared-states.ts'
import type { TokenBucketConfig } from '../../../../config/token-bucket.ts'
import { tokensPerSecond } from '../../../../config/token-bucket.ts'

export class LimiterBucket {
  readonly #bucket: AtomicTokenBucket
  readonly #denies: boolean
  readonly shadow: boolean

  constructor(config: TokenBucketConfig, shadow: boolean, state: SharedState, index: number, clock: BucketClock) {
    const rate = { maxTokens: config.maxTokens, tokensPerSecond: tokensPerSecond(config) }
    this.#bucket = new AtomicTokenBucket(rate, state, index, clock)
    this.#denies = config.maxTokens === 0
    this.shadow = shadow
  }

  get fillRate(): number {
    return this.#bucket.tokensPerSecond
  }

  /** `hits`: undefined is one; less than zero gives back. */
  allows(hits: number | undefined): boolean {
    if (hits !== undefined && hits < 0) {
      this.#bucket.refill(-hits)
      return true
    }
    return !this.#denies && this.#bucket.consume(hits ?? 1)
  }

  get maxTokens(): number {
    return this.#bucket.maxTokens
  }

  get remainingTokens(): number {
    return this.#bucket.whole
  }

  /** Until there is a token again. */
  get resetSeconds(): number {
    return Math.ceil(this.#bucket.nextTokenMs / 1000)
  }
}
