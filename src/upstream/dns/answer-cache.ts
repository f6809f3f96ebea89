/** Answers of a DNS server for as long as they hold (`qcache_max_ttl`): addresses, and that there are none. */
import type { ResolvedAddress } from './dns-resolver.ts'

interface Kept {
  readonly addresses: readonly ResolvedAddress[]
  readonly sinceMs: number
  readonly untilMs: number
}

/** Beyond so many, those that do not hold any more are looked for. */
const MANY = 1000

export class AnswerCache {
  readonly #maxTtlS: number
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()

  /** `now`: milliseconds of any clock. */
  constructor(maxTtlS: number, now: () => number) {
    this.#maxTtlS = maxTtlS
    this.#now = now
  }

  /** With what is left of their TTLs; empty: there are none. undefined: nobody has asked lately. */
  get(question: string): readonly ResolvedAddress[] | undefined {
    const kept = this.#kept.get(question)
    const now = this.#now()
    if (kept === undefined || now >= kept.untilMs) return undefined
    const ageS = Math.floor((now - kept.sinceMs) / 1000)
    return kept.addresses.map(({ ip, ttlS }) => ({ ip, ttlS: ttlS - ageS }))
  }

  keep(question: string, addresses: readonly ResolvedAddress[]): void {
    const now = this.#now()
    const ttlS = addresses.reduce((least, { ttlS }) => Math.min(least, ttlS), this.#maxTtlS)
    if (this.#kept.size >= MANY) for (const [key, { untilMs }] of this.#kept) if (now >= untilMs) this.#kept.delete(key)
    this.#kept.set(question, { addresses, sinceMs: now, untilMs: now + ttlS * 1000 })
  }
}
