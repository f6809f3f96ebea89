/** A cluster with what finds its hosts and what it waits for. */
import type { DiscoveryUse } from '../../api/discovery.ts'
import { InitManager } from '../../base/init-manager.ts'
import type { Discovery } from './discovery.ts'
import type { MainCluster } from './main-cluster.ts'

export class ManagedCluster {
  readonly cluster: MainCluster
  readonly discovery: Discovery
  /** What it holds of its parts that come from elsewhere. */
  readonly #uses: readonly DiscoveryUse[]
  /** Waits for them. */
  readonly #initManager: InitManager

  constructor(cluster: MainCluster, discovery: Discovery, uses: readonly DiscoveryUse[]) {
    this.cluster = cluster
    this.discovery = discovery
    this.#uses = uses
    this.#initManager = new InitManager(`Cluster ${cluster.config.name}`)
    for (const { target } of uses) this.#initManager.add(target)
  }

  /** Calls back once it may serve; more than once when its start need not wait for its hosts. */
  begin(onReady: () => void): void {
    const { cluster, discovery } = this
    const ready = () => this.#initManager.whenInitialized(onReady)
    this.#initManager.initialize(() => undefined)
    if (!cluster.config.waitForWarmOnInit) ready()
    discovery.start(() => cluster.health.whenWarm(ready))
  }

  /** It is removed or replaced. */
  retire(): void {
    this.discovery.close()
    for (const use of this.#uses) use.release()
    this.cluster.retire()
  }

  /** The process ends. */
  close(): void {
    this.discovery.close()
    this.cluster.close()
  }
}
