/**
 * Chooses the host that a request names: in the filter state `envoy.upstream.dynamic_host`, as its :authority, or as the server
 * name of its connection (Envoy's dynamic forward proxy cluster). A host that the DNS cache does not know is looked up, and the
 * request waits.
 */
import type { DnsCache, DnsHost, DnsLoad, DnsWaiter } from '../../api/dns-cache.ts'
import type { ClusterInfo, LoadBalancerContext, Pick } from '../../api/upstream.ts'
import { NO_HOST, noHost } from '../no-host.ts'
import type { HostChoice } from '../host-choice.ts'
import type { PlacedHost } from '../thread-cluster.ts'
import { defaultPort, wantedHost } from './dynamic-target.ts'

export class DynamicHostChoice implements HostChoice {
  readonly #cache: DnsCache
  readonly #cluster: ClusterInfo
  readonly #hosts = new Map<string, PlacedHost>()

  constructor(cache: DnsCache, cluster: ClusterInfo) {
    this.#cache = cache
    this.#cluster = cluster
  }

  choose(context: LoadBalancerContext): Pick {
    const name = wantedHost(context, this.#cluster)
    if (name === '') return noHost('empty_host_header')
    return this.#find(name) ?? this.#load(name)
  }

  setHosts(hosts: readonly PlacedHost[]): void {
    this.#hosts.clear()
    for (const host of hosts) this.setHost(host)
  }

  setHost(host: PlacedHost): void {
    this.#hosts.set(host.host.hostname, host)
  }

  removeHost({ host }: PlacedHost): void {
    this.#hosts.delete(host.hostname)
  }

  #find(name: string): Pick | undefined {
    const placed = this.#hosts.get(name)
    if (placed === undefined) return undefined
    if (placed.health === 'unhealthy') return NO_HOST
    this.#cache.find(name)?.touch()
    return placed.host.asPick
  }

  #load(name: string): Pick {
    const waiting = new WaitingChoice((host) => this.#find(name) ?? noHost(host.details))
    const load = this.#cache.load(name, defaultPort(this.#cluster), waiting)
    switch (load.kind) {
      case 'cached':
        return this.#find(name) ?? noHost(load.host.details)
      case 'overflow':
        return noHost('dns_cache_overflow')
      case 'too-many-pending':
        return noHost('dns_cache_pending_requests_overflow')
      case 'loading':
        return waiting.begin(load)
    }
  }
}

/** A choice that comes once the host has been looked up. */
class WaitingChoice implements DnsWaiter {
  readonly #choose: (host: DnsHost) => Pick
  #onChosen: ((pick: Pick) => void) | undefined = undefined

  constructor(choose: (host: DnsHost) => Pick) {
    this.#choose = choose
  }

  begin({ cancel }: Extract<DnsLoad, { kind: 'loading' }>): Pick {
    return { kind: 'later', cancel, whenChosen: (callback) => (this.#onChosen = callback) }
  }

  onDnsHost(host: DnsHost): void {
    this.#onChosen?.(this.#choose(host))
  }
}
