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
    const { localities } = this.#cluster.config.loadAssignment
    for (const { endpoints, ...place } of localities) {
      for (const { address, ...endpoint } of endpoints) {
        if (address.kind === 'name') continue
        hosts.push(this.#cluster.createHost({ ...endpoint, address, fallbackAddresses: [], ...place }))
      }
    }
    this.#cluster.setHosts(hosts)
    onReady()
  }

  close(): void {}
}
