/** Composes what upstreams need on the main thread: resolvers, DNS caches, the cluster manager and its discovery. */
import type { AccessLogFile } from '../api/access-log.ts'
import type { FactoryContext, LocalInfo } from '../api/extension.ts'
import type { Options } from '../api/options.ts'
import type { ThreadSharedStates } from '../base/shared-states.ts'
import { AfterBurst } from '../event/after-burst.ts'
import { systemRandom } from '../event/random.ts'
import type { LayeredRuntime } from '../runtime/layered-runtime.ts'
import type { MergedStats } from '../stats/merged-stats.ts'
import type { SharedCounterAllocator } from '../stats/shared-counters.ts'
import { CdsApi } from '../upstream/cds-api.ts'
import { ClusterManager } from '../upstream/cluster-manager.ts'
import { DnsCacheManager } from '../upstream/dns-cache/dns-cache-manager.ts'
import { ThreadDnsCaches } from '../upstream/dns-cache/thread-dns-caches.ts'
import { connectTo } from '../network/client-connection.ts'
import { DnsResolvers } from '../upstream/dns/dns-resolvers.ts'
import { Transports } from '../upstream/transport/transports.ts'
import type { Bootstrap } from './bootstrap.ts'
import type { DynamicResources } from './dynamic-resources.ts'
import type { LoadedConfiguration } from './load-configuration.ts'
import { localityOf } from './local-info.ts'
import type { Thread } from './thread.ts'
import type { Order } from './workers/worker-handle.ts'

export interface UpstreamsDeps {
  readonly bootstrap: Bootstrap
  readonly options: Options
  readonly thread: Thread
  readonly runtime: LayeredRuntime
  readonly localInfo: LocalInfo
  readonly dnsCaches: Extract<LoadedConfiguration, { ok: true }>['dnsCaches']
  readonly states: ThreadSharedStates
  readonly shared: SharedCounterAllocator
  readonly mergedStats: MergedStats
  readonly dynamic: DynamicResources
  broadcast(order: Order): Promise<void>
  /** Of what is gone, on this thread. */
  forgetStats(prefix: string): void
  /** Called only once everything is there. */
  factoryContext(): FactoryContext
}

/** Garbage of large updates would wait for a collection until the heap has doubled. */
const UPDATE_BURST = { quietMs: 500, atLeast: 1000 }

export class Upstreams {
  readonly dnsCaches: ThreadDnsCaches
  readonly dnsCacheManager: DnsCacheManager
  readonly clusterManager: ClusterManager
  readonly cds: CdsApi

  constructor(deps: UpstreamsDeps) {
    const { bootstrap, options, thread, runtime, shared, states, dynamic } = deps
    const { dispatcher } = thread
    const scope = thread.stats.root
    this.dnsCaches = new ThreadDnsCaches({
      dispatcher,
      scope,
      runtime,
      shared: states,
      ask: (request) => this.dnsCacheManager.load(request),
    })
    const connections = { dispatcher, connect: connectTo, random: systemRandom }
    const resolvers = new DnsResolvers(scope, connections, bootstrap.resolver)
    this.dnsCacheManager = new DnsCacheManager(deps.dnsCaches, {
      dispatcher,
      random: systemRandom,
      scope,
      runtime,
      resolvers,
      shared,
      states,
      logger: (component) => thread.log.logger(component),
      send: (order) => {
        this.dnsCaches.apply(order)
        void deps.broadcast(order)
      },
    })
    const afterUpdate = new AfterBurst(dispatcher, UPDATE_BURST, () => {
      Bun.gc(true)
      void deps.broadcast({ kind: 'heap.shrink' })
    })
    this.clusterManager = new ClusterManager({
      onUpdated: () => afterUpdate.event(),
      resolvers,
      dnsCacheManager: this.dnsCacheManager,
      dnsCaches: this.dnsCaches,
      dispatcher,
      scope,
      runtime,
      random: systemRandom,
      locality: localityOf(deps.localInfo),
      localClusterName: bootstrap.clusterManager.localClusterName,
      logger: (component) => thread.log.logger(component),
      shared,
      broadcast: async (orders) => deps.broadcast({ kind: 'clusters.change', orders }),
      threads: options.concurrency + 1,
      forgetStats: (prefix) => deps.forgetStats(prefix),
      announceStats: (prefix, names) => deps.mergedStats.announce(prefix, names),
      matchStats: (prefix, accepts) => deps.mergedStats.matchBelow(prefix, accepts),
      subscriptions: dynamic.subscriptions,
      discoveries: dynamic.discoveries,
      parseCluster: (message) => dynamic.parseCluster(message),
      allowUnsupported: options.allowUnsupportedFields,
      files: thread.accessLogFiles,
      outlierLog: openOutlierLog(bootstrap, thread),
      transports: (config, clusterScope) => new Transports(config, { ...deps.factoryContext(), scope: clusterScope }),
    })
    this.cds = new CdsApi({
      manager: this.clusterManager,
      subscriptions: dynamic.subscriptions,
      scope,
      logger: thread.log.logger('upstream'),
      wallNow: () => dispatcher.wallNow,
      parse: (message) => dynamic.parseCluster(message),
    })
  }

  close(): void {
    this.cds.close()
    this.clusterManager.close()
    this.dnsCacheManager.close()
  }
}

/** Proved to open when the bootstrap was read. */
function openOutlierLog(bootstrap: Bootstrap, thread: Thread): AccessLogFile | undefined {
  const path = bootstrap.clusterManager.outlierEventLogPath
  if (path === undefined) return undefined
  const opened = thread.accessLogFiles.open(path)
  return 'error' in opened ? undefined : opened
}
