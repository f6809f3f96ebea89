/** Makes clusters of what the bootstrap or a control plane says. */
import type { AccessLogFile, AccessLogFiles } from '../../api/access-log.ts'
import type { Message } from '../../api/config.ts'
import type { AcquiredDiscoveries, Discoveries } from '../../api/discovery.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { Scope } from '../../api/stats.ts'
import type { Locality } from '../../api/upstream.ts'
import type { ClusterOrder } from '../../api/worker.ts'
import { connectTo } from '../../network/client-connection.ts'
import type { SharedCounterAllocator } from '../../stats/shared-counters.ts'
import type { HostsSource } from '../announced-hosts.ts'
import type { ClusterConfig } from '../cluster-config.ts'
import type { SubClustersDeps } from '../dynamic-forward-proxy/sub-clusters.ts'
import type { Connect } from '../pool/upstream-connection.ts'
import type { TransportConfig } from '../transport/transport-config.ts'
import type { Transports } from '../transport/transports.ts'
import type { ClusterManagerStats } from './cluster-manager-stats.ts'
import { ClusterMessage } from './cluster-message.ts'
import type { ClusterStatNames } from './cluster-stat-names.ts'
import type { DiscoveryFactoryDeps } from './discovery-factory.ts'
import { DiscoveryFactory } from './discovery-factory.ts'
import type { ClusterOrigin } from './main-cluster.ts'
import { MainCluster } from './main-cluster.ts'
import { ManagedCluster } from './managed-cluster.ts'
import { RetiredCounters } from './retired-counters.ts'

export interface ClusterFactoryDeps extends DiscoveryFactoryDeps {
  readonly runtime: Runtime
  /** Where this proxy is, as its node says; undefined: it does not. */
  readonly locality?: Locality | undefined
  readonly shared: SharedCounterAllocator
  /** Where events of health checks go; without, nowhere. */
  readonly files?: AccessLogFiles
  /** Where ejections of hosts are written down. */
  readonly outlierLog?: AccessLogFile | undefined
  /** The transport sockets of health checks. */
  readonly transports?: (config: TransportConfig, scope: Scope) => Transports
  /** Needed for clusters with parts that come from elsewhere. */
  readonly discoveries?: Discoveries
  /** Tests put their own here. */
  readonly connect?: Connect
}

/** What the cluster manager has for its clusters. */
export interface ClusterSurroundings {
  readonly stats: ClusterManagerStats
  readonly statNames: ClusterStatNames
  readonly subClusters: SubClustersDeps
  /** To every thread. */
  send(order: ClusterOrder, hosts?: HostsSource): void
}

export type CreatedCluster =
  | { readonly ok: true; readonly managed: ManagedCluster }
  | { readonly ok: false; readonly message: string }

export class ClusterFactory {
  readonly #deps: ClusterFactoryDeps
  readonly #around: ClusterSurroundings
  readonly #discoveries: DiscoveryFactory
  readonly #retired: RetiredCounters
  #hostIds = 0

  constructor(deps: ClusterFactoryDeps, around: ClusterSurroundings) {
    this.#deps = deps
    this.#around = around
    this.#discoveries = new DiscoveryFactory({ ...deps, subClusters: around.subClusters })
    this.#retired = new RetiredCounters(deps)
  }

  create(config: ClusterConfig, message: Message, origin: ClusterOrigin): CreatedCluster {
    const { statNames } = this.#around
    statNames.match(config)
    const kept = origin.addedViaApi ? ClusterMessage.ofControlPlane(message) : ClusterMessage.ofBootstrap(message)
    const cluster = this.#createMain(config, kept, origin)
    const discovered = this.#discoveries.create(cluster)
    if (!discovered.ok) return discovered
    const acquired = this.#acquire(config)
    if (!acquired.ok) return acquired
    statNames.add(config)
    cluster.stats.warming_state.set(0) // used from the start, as in Envoy
    return { ok: true, managed: new ManagedCluster(cluster, discovered.discovery, acquired.uses) }
  }

  /** Removed or replaced. */
  retire(managed: ManagedCluster): void {
    managed.retire()
    this.#around.statNames.remove(managed.cluster.config)
  }

  #createMain(config: ClusterConfig, message: ClusterMessage, origin: ClusterOrigin): MainCluster {
    const deps = this.#deps
    return new MainCluster(config, message, origin, {
      scope: deps.scope,
      runtime: deps.runtime,
      shared: deps.shared,
      retired: this.#retired,
      wallNow: () => deps.dispatcher.wallNow,
      nextHostId: () => ++this.#hostIds,
      send: (order, hosts) => this.#around.send(order, hosts),
      managerStats: this.#around.stats,
      dispatcher: deps.dispatcher,
      random: deps.random,
      connect: deps.connect ?? connectTo,
      locality: deps.locality,
      transports: deps.transports,
      files: deps.files ?? NO_FILES,
      outlierLog: deps.outlierLog,
    })
  }

  #acquire({ discoveries }: ClusterConfig): AcquiredDiscoveries {
    const deps = this.#deps.discoveries
    if (discoveries.length === 0 || deps === undefined) return { ok: true, uses: [] }
    return deps.acquire(discoveries)
  }
}

const NO_FILES: AccessLogFiles = { open: () => ({ error: 'no files here' }) }
