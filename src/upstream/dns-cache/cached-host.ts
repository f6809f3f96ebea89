/** A host of a DNS cache on the main thread: what is known of it, and what it waits for. */
import type { Dispatcher, Random, Timer } from '../../api/event.ts'
import type { IpAddress } from '../../api/network.ts'
import type { SharedBlock } from '../../stats/shared-counters.ts'
import { SharedCounters } from '../../stats/shared-counters.ts'
import type { DnsLookup } from '../dns/dns-resolver.ts'
import { RefreshInterval } from '../dns/refresh-interval.ts'
import { parseAuthority } from './authority.ts'
import type { DnsCacheConfig } from './dns-cache-config.ts'
import type { CachedHostInfo } from './dns-cache-order.ts'
import { elapsedMs, sharedMoment } from './shared-numbers.ts'

export interface CachedHostDeps {
  readonly dispatcher: Dispatcher
  readonly random: Random
  /** One number: when the host was used last. */
  readonly block: SharedBlock
  onRefresh(host: CachedHost): void
  onTimeout(host: CachedHost): void
}

export class CachedHost {
  /** The key: with its port. */
  readonly name: string
  /** What is looked up. */
  readonly resolvedName: string
  readonly port: number
  readonly block: SharedBlock
  readonly refreshTimer: Timer
  readonly timeoutTimer: Timer
  readonly backoff: RefreshInterval
  lookup: DnsLookup | undefined = undefined
  addresses: readonly IpAddress[] = []
  details = 'not_resolved'
  failed = false
  /** Threads know it. */
  resolved = false
  readonly #dispatcher: Dispatcher
  readonly #lastUsed: SharedCounters

  constructor(name: string, defaultPort: number, config: DnsCacheConfig, deps: CachedHostDeps) {
    const { host, port } = parseAuthority(name)
    this.name = name
    this.resolvedName = host
    this.port = port ?? defaultPort
    this.block = deps.block
    this.#dispatcher = deps.dispatcher
    this.#lastUsed = new SharedCounters(deps.block)
    this.#lastUsed.set(0, sharedMoment(deps.dispatcher.wallNow))
    this.refreshTimer = deps.dispatcher.timer(() => deps.onRefresh(this))
    this.timeoutTimer = deps.dispatcher.timer(() => deps.onTimeout(this))
    const { refreshMs, failureRefresh } = config
    this.backoff = new RefreshInterval({ refreshMs, failureRefresh, respectTtl: false, jitterMs: 0 }, deps.random)
  }

  get unusedForMs(): number {
    return elapsedMs(this.#lastUsed.get(0), sharedMoment(this.#dispatcher.wallNow))
  }

  get info(): CachedHostInfo {
    return { address: this.addresses[0], details: this.details, failed: this.failed }
  }

  close(): void {
    this.refreshTimer.disable()
    this.timeoutTimer.disable()
    this.lookup?.cancel()
    this.lookup = undefined
  }
}
