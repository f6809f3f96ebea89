/** When to look a name up again. */
import type { Random } from '../../api/event.ts'
import type { DnsSettings } from '../config/dns-settings.ts'
import type { ResolvedAddress } from './dns-resolver.ts'

export type RefreshSettings = Pick<DnsSettings, 'refreshMs' | 'jitterMs' | 'respectTtl' | 'failureRefresh'> &
  Partial<Pick<DnsSettings, 'minRefreshMs'>>

export class RefreshInterval {
  readonly #settings: RefreshSettings
  readonly #random: Random
  #nextFailureMs: number

  constructor(settings: RefreshSettings, random: Random) {
    this.#settings = settings
    this.#random = random
    this.#nextFailureMs = settings.failureRefresh?.baseMs ?? 0
  }

  /** Milliseconds after an answer; a TTL of zero does not count. */
  afterSuccess(addresses: readonly ResolvedAddress[]): number {
    const { refreshMs, respectTtl, jitterMs, failureRefresh, minRefreshMs = 0 } = this.#settings
    this.#nextFailureMs = failureRefresh?.baseMs ?? 0
    let ms = refreshMs
    if (respectTtl && addresses.length > 0) {
      const ttlS = addresses.reduce((least, { ttlS }) => Math.min(least, ttlS), Number.POSITIVE_INFINITY)
      if (ttlS > 0) ms = Math.max(ttlS * 1000, minRefreshMs)
    }
    return jitterMs > 0 ? ms + (this.#random.u32() % Math.ceil(jitterMs)) : ms
  }

  /** Doubles from failure to failure, fully jittered; without failure refresh rate it is the usual one. */
  afterFailure(): number {
    const { failureRefresh, refreshMs } = this.#settings
    if (failureRefresh === undefined) return refreshMs
    const ms = this.#nextFailureMs
    this.#nextFailureMs = Math.min(ms * 2, failureRefresh.maxMs)
    return Math.max(1, Math.floor(this.#random.float() * ms))
  }
}
