/**
 * A cache of looked-up hosts, on the main thread (Envoy's DnsCacheImpl). It keeps their addresses fresh for as long as
 * somebody uses them, and tells every thread and the clusters that are made of them.
 */
import type { Dispatcher, Random } from '../../api/event.ts'
import type { IpAddress } from '../../api/network.ts'
import type { SharedState } from '../../base/shared-states.ts'
import type { SharedBlock, SharedCounterAllocator } from '../../stats/shared-counters.ts'
import { parseIpAddress } from '../../network/address.ts'
import type { DnsResolver, DnsResult } from '../dns/dns-resolver.ts'
import { CachedHost } from './cached-host.ts'
import type { DnsCacheConfig } from './dns-cache-config.ts'
import type { DnsCacheOrder } from './dns-cache-order.ts'
import type { DnsCacheStats } from './dns-cache-stats.ts'
import type { PersistentHosts } from './persistent-hosts.ts'
import { CACHE_NUMBER } from './shared-numbers.ts'

export interface DnsCacheDeps {
  readonly dispatcher: Dispatcher
  readonly random: Random
  readonly resolver: DnsResolver
  readonly stats: DnsCacheStats
  readonly shared: SharedCounterAllocator
  readonly numbers: SharedState
  /** Undefined: hosts are forgotten with the process. */
  readonly persistent: PersistentHosts | undefined
  /** A block that no thread will look for any more. */
  retire(block: SharedBlock): void
  /** To every thread. */
  send(order: DnsCacheOrder): void
}

/** Whoever makes hosts of a cluster of them. Called before threads hear of it. */
export interface DnsCacheObserver {
  /** The first addresses of a host, or others; there is one at least. */
  onAddresses(host: string, addresses: readonly IpAddress[]): void
  /** Only of hosts that had addresses. */
  onRemoved(host: string): void
}

export class DnsCache {
  readonly config: DnsCacheConfig
  readonly #deps: DnsCacheDeps
  readonly #hosts = new Map<string, CachedHost>()
  readonly #observers = new Set<DnsCacheObserver>()

  constructor(config: DnsCacheConfig, deps: DnsCacheDeps) {
    this.config = config
    this.#deps = deps
    this.#loadPersistent()
    for (const host of config.preresolve) this.load(host, 0, false)
  }

  /** Hears of hosts that have addresses, those that there are first. The result ends that. */
  observe(observer: DnsCacheObserver): () => void {
    this.#observers.add(observer)
    for (const { name, addresses } of this.#hosts.values()) {
      if (addresses.length > 0) observer.onAddresses(name, addresses)
    }
    return () => this.#observers.delete(observer)
  }

  /** A thread waits for `name`, a host with its port. Whether it is there already only this thread knows for sure. */
  load(name: string, defaultPort: number, refresh: boolean): void {
    const known = this.#hosts.get(name)
    if (known !== undefined) {
      if (!refresh || !known.resolved) return
      this.#remove(known, false)
    }
    const host = this.#createHost(name, defaultPort)
    this.#lookUp(host)
  }

  close(): void {
    for (const host of this.#hosts.values()) host.close()
    this.#deps.persistent?.close()
  }

  #createHost(name: string, defaultPort: number): CachedHost {
    const { dispatcher, random, stats, shared } = this.#deps
    const host = new CachedHost(name, defaultPort, this.config, {
      dispatcher,
      random,
      block: shared.allocate(1),
      onRefresh: (one) => this.#refresh(one),
      onTimeout: (one) => this.#onTimeout(one),
    })
    this.#hosts.set(name, host)
    stats.host_added.inc()
    this.#showCount()
    return host
  }

  #refresh(host: CachedHost): void {
    if (host.unusedForMs > this.config.hostTtlMs) this.#remove(host, true)
    else this.#lookUp(host)
  }

  #lookUp(host: CachedHost): void {
    const { resolver, stats } = this.#deps
    const { queryTimeoutMs, lookupFamily } = this.config
    stats.dns_query_attempt.inc()
    if (queryTimeoutMs > 0) host.timeoutTimer.enable(queryTimeoutMs)
    host.lookup = resolver.resolve(host.resolvedName, lookupFamily, (result) => this.#onResult(host, result))
  }

  #onTimeout(host: CachedHost): void {
    this.#deps.stats.dns_query_timeout.inc()
    host.lookup?.cancel('timeout')
    this.#onResult(host, { status: 'failure', detail: 'resolve_timeout' })
  }

  #onResult(host: CachedHost, result: DnsResult): void {
    host.lookup = undefined
    host.timeoutTimer.disable()
    const failed = result.status === 'failure'
    const { stats } = this.#deps
    if (failed) stats.dns_query_failure.inc()
    else stats.dns_query_success.inc()
    const allowed = this.#allowed(result)
    const addresses = allowed.map((ip) => parseIpAddress(ip, host.port))
    const ttlS = (result.status === 'completed' ? result.addresses[0]?.ttlS : undefined) ?? 0
    if (addresses.length > 0) this.#deps.persistent?.keep(host.name, addresses, ttlS)
    this.#take(host, result, addresses)
  }

  /** Those of the process before. What they were is known at once, and they are looked up again when their TTL is over. */
  #loadPersistent(): void {
    const { persistent, stats } = this.#deps
    for (const { name, port, addresses } of persistent?.load() ?? []) {
      const result: DnsResult = { status: 'completed', addresses, alternates: [], detail: 'from_cache' }
      const allowed = this.#allowed(result)
      // Envoy keeps requests waiting for it until its TTL is over.
      if (allowed.length === 0) continue
      const host = this.#createHost(name, port)
      this.#take(
        host,
        result,
        allowed.map((ip) => parseIpAddress(ip, host.port)),
      )
      stats.cache_load.inc()
    }
  }

  #take(host: CachedHost, result: DnsResult, addresses: readonly IpAddress[]): void {
    const { stats } = this.#deps
    const failed = result.status === 'failure'
    if (addresses.length > 0 && changed(host.addresses, addresses)) {
      this.#describe(host, failed, result.detail)
      host.addresses = addresses
      for (const observer of this.#observers) observer.onAddresses(host.name, addresses)
      stats.host_address_changed.inc()
      this.#announce(host)
    } else if (host.addresses.length === 0) {
      // Addresses stay until there are others, whatever fails in the meantime.
      const denied = result.status === 'completed' && result.addresses.length > 0
      this.#describe(
        host,
        failed,
        `dns_resolution_failure{${denied ? 'address_denied' : withoutSpaces(result.detail)}}`,
      )
      this.#announce(host)
    }
    this.#planRefresh(host, result, addresses.length > 0)
  }

  #describe(host: CachedHost, failed: boolean, details: string): void {
    host.failed = failed
    host.details = details
  }

  #allowed(result: DnsResult): readonly string[] {
    if (result.status === 'failure') return []
    const ips = [...result.addresses.map(({ ip }) => ip), ...result.alternates]
    const { isFilteredOut } = this.config
    if (isFilteredOut === undefined) return ips
    const allowed = ips.filter((ip) => !isFilteredOut(ip))
    this.#deps.stats.dns_address_filter_out.add(ips.length - allowed.length)
    return allowed
  }

  #announce(host: CachedHost): void {
    host.resolved = true
    const { name, info, block } = host
    const order = { kind: 'dns.host', cache: this.config.name, host: name, info: JSON.stringify(info) } as const
    this.#deps.send({ ...order, shared: block })
  }

  #planRefresh(host: CachedHost, result: DnsResult, hasAddresses: boolean): void {
    const { refreshMs, minRefreshMs, refreshesAfterFailure } = this.config
    if (result.status === 'failure') {
      if (refreshesAfterFailure) host.refreshTimer.enable(host.backoff.afterFailure())
      return
    }
    host.backoff.afterSuccess([])
    const ttlMs = (result.addresses[0]?.ttlS ?? 0) * 1000
    host.refreshTimer.enable(hasAddresses ? Math.max(wholeSeconds(minRefreshMs), ttlMs) : wholeSeconds(refreshMs))
  }

  /** `told`: threads forget it, and whoever waits for it gets what there was. */
  #remove(host: CachedHost, told: boolean): void {
    host.close()
    const deps = this.#deps
    if (host.addresses.length > 0) for (const observer of this.#observers) observer.onRemoved(host.name)
    this.#hosts.delete(host.name)
    deps.stats.host_removed.inc()
    this.#showCount()
    if (told) deps.persistent?.forget(host.name)
    if (told) deps.send({ kind: 'dns.host-remove', cache: this.config.name, host: host.name })
    deps.retire(host.block)
  }

  #showCount(): void {
    const { stats, numbers } = this.#deps
    stats.num_hosts.set(this.#hosts.size)
    Atomics.store(numbers.ints, CACHE_NUMBER.hosts, this.#hosts.size)
  }
}

/** As Envoy counts them; what is below a second stays as it is. */
function wholeSeconds(ms: number): number {
  return ms < 1000 ? ms : Math.floor(ms / 1000) * 1000
}

function changed(before: readonly IpAddress[], after: readonly IpAddress[]): boolean {
  return before.length !== after.length || after.some(({ text }, index) => text !== before[index]?.text)
}

function withoutSpaces(text: string): string {
  return text.replaceAll(/\s/g, '_')
}
