/** How long to wait before the next connection attempt: any time up to a bound that doubles (Envoy's jittered back-off). */
import type { Reader } from '../api/config.ts'
import type { Random } from '../api/event.ts'

export interface BackOffConfig {
  readonly baseMs: number
  readonly maxMs: number
}

const MAX_TO_BASE = 10

/** envoy.config.core.v3.BackoffStrategy in the field `backoff_options` of `parent`. */
export function readBackOff(reader: Reader, parent: Reader, defaultBaseMs = 0): BackOffConfig {
  const baseMs = reader.durationMs('base_interval', defaultBaseMs)
  const maxMs = reader.durationMs('max_interval', baseMs * MAX_TO_BASE)
  if (maxMs < baseMs) {
    parent.error('backoff_options', 'NU172', 'max_backoff_interval must be greater or equal to base_backoff_interval')
  }
  return { baseMs, maxMs }
}

/** Of one session, or of one connection that is made again and again. */
export class BackOff {
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #random: Random
  #boundMs: number

  constructor(config: BackOffConfig, random: Random) {
    this.#baseMs = config.baseMs
    this.#maxMs = config.maxMs
    this.#random = random
    this.#boundMs = config.baseMs
  }

  /** Something succeeded: the next wait is a short one. */
  reset(): void {
    this.#boundMs = this.#baseMs
  }

  nextMs(): number {
    const bound = this.#boundMs
    this.#boundMs = Math.min(bound * 2, this.#maxMs)
    return this.#random.float() * bound
  }
}
