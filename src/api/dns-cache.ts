import type { IpAddress } from './network.ts'

/*
 * DNS caches as a thread sees them. A cache belongs to the main thread, which looks names up and tells every thread; a
 * thread knows all hosts that have been looked up, and waits for others.
 */

/** What a thread must know of a cache. Users of one name have the same settings. */
export interface DnsCacheSettings {
  readonly name: string
  readonly maxHosts: number
  readonly maxPendingRequests: number
  /** False: a host whose lookup failed is looked up again for whoever asks. */
  readonly refreshesAfterFailure: boolean
}

/** One per thread. */
export interface DnsCaches {
  get(settings: DnsCacheSettings): DnsCache
}

/** A host that was looked up, by its name and port (`example.com:80`). */
export interface DnsHost {
  /** undefined: it has none, for what `details` say. */
  readonly address: IpAddress | undefined
  /** `dns_resolution_failure{…}` where there is no address. */
  readonly details: string
  /** It is in use: it stays for as long as host_ttl says. */
  touch(): void
}

export interface DnsCache {
  /**
   * The host of `authority`, at once where it is known. `waiter` is called only after 'loading'. 'too-many-pending': the
   * cache's circuit breaker is open; 'overflow': there is no room for a host that is not there yet. Both are counted.
   */
  load(authority: string, defaultPort: number, waiter: DnsWaiter): DnsLoad
  /** The host of this name and port, if it is known. */
  find(hostAndPort: string): DnsHost | undefined
}

export type DnsLoad =
  | { readonly kind: 'cached'; readonly host: DnsHost }
  | { readonly kind: 'loading'; readonly cancel: () => void }
  | { readonly kind: 'too-many-pending' | 'overflow' }

export interface DnsWaiter {
  onDnsHost(host: DnsHost): void
}
