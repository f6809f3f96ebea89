/** The hosts of a dynamic forward proxy cluster: those of its DNS cache that have addresses, one for each name and port. */
import type { IpAddress } from '../../api/network.ts'
import type { DnsCache, DnsCacheObserver } from '../dns-cache/dns-cache.ts'
import type { HostDescription } from '../host-snapshot.ts'
import type { Discovery } from '../manager/discovery.ts'
import type { MainCluster } from '../manager/main-cluster.ts'

export class DynamicForwardProxyDiscovery implements Discovery, DnsCacheObserver {
  readonly #cluster: MainCluster
  readonly #cache: DnsCache
  readonly #hosts = new Map<string, HostDescription>()
  #stop: () => void = () => undefined

  constructor(cluster: MainCluster, cache: DnsCache) {
    this.#cluster = cluster
    this.#cache = cache
  }

  start(onReady: () => void): void {
    this.#stop = this.#cache.observe(this)
    onReady()
  }

  close(): void {
    this.#stop()
  }

  onAddresses(name: string, [address, ...additionalAddresses]: readonly IpAddress[]): void {
    if (address === undefined) return
    const before = this.#hosts.get(name)
    if (before === undefined) {
      const host = this.#cluster.createHost({ ...ORDINARY, hostname: name, address, additionalAddresses })
      this.#hosts.set(name, host)
      this.#cluster.addHost(host)
    } else {
      const host = { ...before, address, additionalAddresses }
      this.#hosts.set(name, host)
      this.#cluster.changeHost(host)
    }
  }

  onRemoved(name: string): void {
    const host = this.#hosts.get(name)
    if (host === undefined) return
    this.#hosts.delete(name)
    this.#cluster.removeHost(host)
  }
}

const ORDINARY = {
  locality: { region: '', zone: '', subZone: '' },
  localityWeight: 0,
  fallbackAddresses: [],
  metadata: undefined,
  canary: false,
  weight: 1,
  healthStatus: 'UNKNOWN',
  priority: 0,
} as const
