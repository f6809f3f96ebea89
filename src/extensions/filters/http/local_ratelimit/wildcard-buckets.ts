/**
 * The buckets of a descriptor with wildcards: one for each combination of values, of which so many are kept; the one that
 * was not asked for longest makes room. They lie in shared memory side by side: four bytes each of two hashes of the
 * values, the time of the last use, the bucket. A thread remembers where it found a combination, and looks whether it is
 * still there; only who is not found is looked for, under a lock.
 */
import type { RateLimitEntry } from '../../../../api/rate-limit.ts'
import type { SharedState, SharedStates } from '../../../../api/shared-states.ts'
import type { BucketClock } from '../../../../base/atomic-token-bucket.ts'
import { lockShared, unlockShared } from '../../../../base/shared-lock.ts'
import type { DescriptorConfig } from './descriptor-config.ts'
import { LimiterBucket } from './limiter-bucket.ts'

/** Of a slot, in floats: hashes, last use, bucket. The lock comes first. */
const SLOT = 3
const FIRST = 1

export class WildcardBuckets {
  readonly #config: DescriptorConfig
  readonly #capacity: number
  readonly #state: SharedState
  readonly #clock: BucketClock
  readonly #buckets: (LimiterBucket | undefined)[]
  /** By the values' text: where the combination was seen. Holds no more than there are slots. */
  readonly #seen = new Map<string, number>()

  constructor(config: DescriptorConfig, capacity: number, states: SharedStates, clock: BucketClock) {
    this.#config = config
    this.#capacity = capacity
    this.#state = states.claim('wildcards', FIRST + capacity * SLOT)
    this.#clock = clock
    this.#buckets = Array.from({ length: capacity })
  }

  matches(entries: readonly RateLimitEntry[]): boolean {
    const configured = this.#config.entries
    if (entries.length !== configured.length) return false
    return configured.every(({ key, value }, i) => {
      const entry = entries[i]!
      return entry.key === key && (value === '' || entry.value === value)
    })
  }

  /** The bucket of these values, full when they are new. */
  bucket(entries: readonly RateLimitEntry[]): LimiterBucket {
    const text = entries.map(({ value }) => value).join('\n')
    const low = Bun.hash.xxHash32(text, 1) | 0
    // Zero is a slot that nobody has.
    const high = Bun.hash.xxHash32(text, 2) | 1
    const seen = this.#seen.get(text)
    const slot = seen !== undefined && this.#holds(seen, low, high) ? seen : this.#find(low, high)
    if (slot !== seen) this.#remember(text, slot)
    this.#state.floats[slot + 1] = this.#clock.seconds
    const index = (slot - FIRST) / SLOT
    return (this.#buckets[index] ??= new LimiterBucket(
      this.#config.bucket,
      this.#config.shadow,
      this.#state,
      slot + 2,
      this.#clock,
    ))
  }

  #holds(slot: number, low: number, high: number): boolean {
    const { ints } = this.#state
    return Atomics.load(ints, slot * 2) === low && Atomics.load(ints, slot * 2 + 1) === high
  }

  #find(low: number, high: number): number {
    const { ints, floats, bits } = this.#state
    lockShared(ints, 0)
    let oldest = FIRST
    let found = -1
    for (let slot = FIRST; slot < FIRST + this.#capacity * SLOT; slot += SLOT) {
      if (this.#holds(slot, low, high)) {
        found = slot
        break
      }
      if (floats[slot + 1]! < floats[oldest + 1]!) oldest = slot
    }
    if (found < 0) {
      found = oldest
      Atomics.store(bits, found + 2, 0n)
      Atomics.store(ints, found * 2, low)
      Atomics.store(ints, found * 2 + 1, high)
      floats[found + 1] = this.#clock.seconds
    }
    unlockShared(ints, 0)
    return found
  }

  #remember(text: string, slot: number): void {
    this.#seen.delete(text)
    if (this.#seen.size >= this.#capacity) {
      for (const oldest of this.#seen.keys()) {
        this.#seen.delete(oldest)
        break
      }
    }
    this.#seen.set(text, slot)
  }
}
