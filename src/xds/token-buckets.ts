/** The token buckets of one thread that came by name. Their levels are in memory that all threads share. */
import type { DiscoveredTokenBucket } from '../api/discovery.ts'
import type { SharedStates } from '../api/shared-states.ts'
import type { BucketClock } from '../base/atomic-token-bucket.ts'
import { AtomicTokenBucket } from '../base/atomic-token-bucket.ts'
import type { TokenBucketConfig } from '../config/token-bucket.ts'
import { tokensPerSecond } from '../config/token-bucket.ts'

export class TokenBuckets {
  readonly #held = new Map<string, HeldBucket>()

  /** The same object for the same key while somebody asks for it, with or without a bucket in it. */
  provider(key: string): DiscoveredTokenBucket {
    return this.#at(key)
  }

  /** `generation`: of all buckets that the process ever had, which one this is. */
  set(key: string, generation: number, config: TokenBucketConfig, states: SharedStates, clock: BucketClock): void {
    const state = states.process.within('token buckets').claim(`${generation}`, 1)
    const rate = { maxTokens: config.maxTokens, tokensPerSecond: tokensPerSecond(config) }
    this.#at(key).bucket = new AtomicTokenBucket(rate, state, 0, clock)
  }

  /** Nobody asks for it any more. Who has it keeps it. */
  remove(key: string): void {
    this.#held.delete(key)
  }

  #at(key: string): HeldBucket {
    let held = this.#held.get(key)
    if (held === undefined) this.#held.set(key, (held = new HeldBucket()))
    return held
  }
}

class HeldBucket implements DiscoveredTokenBucket {
  bucket: AtomicTokenBucket | undefined = undefined

  take(): boolean {
    return this.bucket?.consume(1) === true
  }
}
