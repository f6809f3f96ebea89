/** Type STATIC: the configured addresses are the hosts. */
import type { HostDescription } from '../host-snapshot.ts'
import type { Discovery } from './discovery.ts'
import type { MainCluster } from './main-cluster.ts'

export class StaticDiscovery implements Discovery {
  readonly #cluster: MainCluster

  constructor(cluster: MainCluster) {
    this.#cluster = cluster
  }

  start(onReady: () => void): void {
    const hosts: HostDescription[] = []
    for (const { locality, priority, endpoints } of this.#cluster.config.loadAssignment.localities) {
      for (const { address, ...endpoint } of endpoints) {
        if (address.kind === 'name') continue
        hosts.push(this.#cluster.createHost({ ...endpoint, address, fallbackAddresses: [], locality, priority }))
      }
    }
    this.#cluster.setHosts(hosts)
    onReady()
  }

  close(): void {}
}
