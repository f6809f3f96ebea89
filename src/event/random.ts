/** The process's own randomness. Balancing and jitter need speed, ids need to be unguessable. */
import type { Random } from '../api/event.ts'

/** So many are made in a row: one alone costs three times as much, as whoever asks for it has other code in the caches. */
const UUIDS_AT_ONCE = 64

class SystemRandom implements Random {
  readonly #uuids: string[] = []

  u32(): number {
    return (Math.random() * 0x1_0000_0000) >>> 0
  }

  float(): number {
    return Math.random()
  }

  uuid(): string {
    const made = this.#uuids.pop()
    if (made !== undefined) return made
    for (let i = 1; i < UUIDS_AT_ONCE; i++) this.#uuids.push(crypto.randomUUID())
    return crypto.randomUUID()
  }
}

export const systemRandom: Random = new SystemRandom()
