/**
 * The server: composes every room on the main thread and owns the order in which things come to life and end (Envoy's
 * InstanceBase; the order of `initialize` is that of source/server/server.cc).
 */
import { endpointNumbers } from '../admin/endpoint-numbers.ts'
import type { Logger } from '../api/log.ts'
import type { Options } from '../api/options.ts'
import type { FactoryContext, LocalInfo } from '../api/extension.ts'
import { systemRandom } from '../event/random.ts'
import type { LdsApi } from '../listener/lds-api.ts'
import type { BindFailure } from '../listener/listener-component-factory.ts'
import type { ListenerManager } from '../listener/listener-manager.ts'
import { LayeredRuntime } from '../runtime/layered-runtime.ts'
import { MergedStats } from '../stats/merged-stats.ts'
import { SharedCounterAllocator } from '../stats/shared-counters.ts'
import type { CdsApi } from '../upstream/cds-api.ts'
import type { DnsCacheManager } from '../upstream/dns-cache/dns-cache-manager.ts'
import type { ClusterManager } from '../upstream/cluster-manager.ts'
import type { Bootstrap } from './bootstrap.ts'
import type { LoadedConfiguration } from './load-configuration.ts'
import { InitManager } from '../base/init-manager.ts'
import { ThreadSharedStates } from '../base/shared-states.ts'
import type { HotRestarter } from './hot_restart/hot-restarter.ts'
import type { ServerHotRestart } from './hot_restart/server-hot-restart.ts'
import { inheritedSocket, takeAdminAddress } from './hot_restart/server-hot-restart.ts'
import { sendServingNotice } from './hot_restart/serving-notice.ts'
import { Downstreams } from './downstreams.ts'
import { DynamicResources } from './dynamic-resources.ts'
import { givePagesBack } from './give-pages-back.ts'
import { localInfo } from './local-info.ts'
import { ownAddress } from './own-address.ts'
import { runtimeText, warnOfNoConnectionLimit } from './start-up-lines.ts'
import { RuntimeDiscovery } from './runtime-discovery.ts'
import type { ServerStats } from './server-stats.ts'
import { createServerStats, createUntouchedStats } from './server-stats.ts'
import type { ServerState } from './server-status.ts'
import { ServerStatus } from './server-status.ts'
import { loadResources } from './static-resources.ts'
import { StatsFlusher } from './stats-flusher.ts'
import { StatsSinks } from './stats-sinks.ts'
import type { Thread } from './thread.ts'
import { createOverloadManager } from './overload/create-overload-manager.ts'
import type { OverloadManager } from './overload/overload-manager.ts'
import { NO_OVERLOAD_SETTINGS } from './overload/thread-overload.ts'
import { startsInDrainMode } from './flags-path.ts'
import { GuardDogs } from './watchdog/guard-dogs.ts'
import { Upstreams } from './upstreams.ts'
import { VERSION_NUMBER } from './version.ts'
import type { ProdWorkerFactory } from './workers/prod-worker-factory.ts'
import { systemScheduling } from './workers/thread-scheduling.ts'
import type { Order } from './workers/worker-handle.ts'
import { WorkerPlacement } from './workers/worker-placement.ts'
import { workerSettings } from './workers/worker-settings.ts'

/** What the server is told, all of it made before. */
export interface ServerDeps {
  readonly options: Options
  readonly thread: Thread
  readonly workerFactory: ProdWorkerFactory
  /** Undefined with --disable-hot-restart. */
  readonly hotRestarter: HotRestarter | undefined
  /** The start is to be given up: it has begun and cannot go on. */
  onStartFailed(message: string): void
}

/** So many clusters. */
const LARGE_START = 300

export class Server {
  readonly options: Options
  readonly thread: Thread
  readonly bootstrap: Bootstrap
  readonly mergedStats: MergedStats
  readonly localInfo: LocalInfo
  readonly runtime: LayeredRuntime
  readonly dynamic: DynamicResources
  readonly statsFlusher: StatsFlusher
  readonly status: ServerStatus
  readonly health = { failed: false }
  readonly #downstreams: Downstreams
  readonly #upstreams: Upstreams
  readonly #sinks: StatsSinks
  readonly #deps: ServerDeps
  readonly #log: Logger
  readonly #initManager = new InitManager('Server')
  readonly #stats: ServerStats
  readonly #runtimeDiscovery: RuntimeDiscovery
  readonly #guardDogs: GuardDogs
  readonly #overload: OverloadManager | undefined
  /** Set once before `run`; undefined with --disable-hot-restart. */
  hotRestart: ServerHotRestart | undefined = undefined
  #workersStarted = false
  #stopGivingBack: () => void = () => undefined
  #placement: WorkerPlacement | undefined = undefined

  /** Everything up to the point where only time and other processes are waited for. Throws StartError. */
  constructor(deps: ServerDeps, loaded: Extract<LoadedConfiguration, { ok: true }>) {
    this.#deps = deps
    this.options = deps.options
    this.thread = deps.thread
    this.bootstrap = loaded.bootstrap
    this.#log = this.thread.log.logger('main')
    const { root } = this.thread.stats
    const { bootstrap, options } = this

    this.mergedStats = new MergedStats(this.thread.stats, bootstrap.stats.accepts, (name, given) =>
      bootstrap.stats.tags.give(name, given),
    )
    this.#stats = createServerStats(root)
    this.status = new ServerStatus(this.thread.dispatcher, this.#stats)
    this.health.failed = startsInDrainMode(bootstrap.flagsPath, this.#log)
    this.#stats.live.set(this.health.failed ? 0 : 1)
    this.#stats.concurrency.set(options.concurrency)
    this.#stats.version.set(bootstrap.statsServerVersionOverride ?? VERSION_NUMBER)
    this.#stats.staticUnknownFields.add(loaded.unknownFields)
    this.#stats.wipProtos.add(loaded.workInProgressUses)
    createUntouchedStats(root)
    this.#guardDogs = new GuardDogs(bootstrap.watchdogs, {
      dispatcher: this.thread.dispatcher,
      scope: root,
      logger: this.#log,
      logSettings: this.thread.log.settings(),
      random: systemRandom,
      concurrency: options.concurrency,
      activity: deps.workerFactory.activity,
      startThread: (init, report) => deps.workerFactory.startGuardDogs(init, report),
    })
    if (bootstrap.dispatcherStats) this.thread.measureDispatcher('server.')

    if (deps.hotRestarter !== undefined) {
      this.#stats.hotRestartEpoch.set(deps.hotRestarter.epoch)
      root.gauge('server.hot_restart_generation').inc()
    }
    this.localInfo = localInfo(bootstrap.node, options, ownAddress(options.localAddressIpVersion))
    const firstStartWall = takeAdminAddress(deps.hotRestarter)
    if (firstStartWall !== undefined) this.status.inheritStart(firstStartWall)
    this.runtime = new LayeredRuntime(bootstrap.runtime, {
      dispatcher: this.thread.dispatcher,
      scope: root,
      serviceCluster: this.localInfo.clusterName,
      logger: this.thread.log.logger('runtime'),
      onChange: () => void this.broadcast({ kind: 'runtime.set', values: this.runtime.valuesText() }),
    })
    this.runtime.countDeprecatedUses(loaded.deprecatedUses)
    this.#log.info('source/server/server.cc:989', `runtime: ${runtimeText(bootstrap.message)}`)

    this.#overload =
      bootstrap.overload &&
      createOverloadManager(bootstrap.overload, {
        thread: this.thread,
        runtime: this.runtime,
        localInfo: this.localInfo,
        health: this.health,
        connections: deps.workerFactory.connections,
        broadcast: async (order) => this.broadcast(order),
      })
    deps.workerFactory.settings = workerSettings(bootstrap, options, {
      log: this.thread.log.settings(),
      localInfo: this.localInfo,
      runtimeValues: this.runtime.valuesText(),
      overload: this.#overload?.settings ?? NO_OVERLOAD_SETTINGS,
      healthFailed: this.health.failed,
    })
    const shared = new SharedCounterAllocator()
    this.dynamic = new DynamicResources({
      clusterManager: bootstrap.clusterManager,
      options,
      thread: this.thread,
      localInfo: this.localInfo,
      runtime: this.runtime,
      contextFor: (clusterNames) => loaded.contextFor(clusterNames),
      clusterNames: () => this.clusterManager.names(),
      broadcast: async (order) => this.broadcast(order),
      forgetStats: (prefix) => this.#forgetStats(prefix),
    })
    this.#downstreams = new Downstreams({
      options,
      thread: this.thread,
      workerFactory: deps.workerFactory,
      shared,
      dynamic: this.dynamic,
      initManager: this.#initManager,
      inheritSocket: (address, index) => this.#inheritSocket(address, index),
      forgetStats: (prefix) => this.#forgetStats(prefix),
    })
    this.#runtimeDiscovery = new RuntimeDiscovery(
      bootstrap.runtime,
      {
        subscriptions: this.dynamic.subscriptions,
        scope: root,
        setDiscovered: (layer, entries) => this.runtime.setDiscovered(layer, entries),
      },
      this.thread.log.logger('runtime'),
    )
    // The snapshot is published once more to the workers that exist now, which Envoy counts as a load.
    this.runtime.reload()
    this.statsFlusher = new StatsFlusher({
      dispatcher: this.thread.dispatcher,
      stats: this.mergedStats,
      workers: () => deps.workerFactory.handles,
      intervalMs: bootstrap.statsFlushOnAdmin ? 0 : bootstrap.statsFlushIntervalMs,
      mergeParentStats: async () => this.hotRestart?.mergeParentStats(),
      updateServerStats: () => this.updateServerStats(),
      onFlushed: () => this.#flushSinks(),
      onDropped: () => this.#stats.droppedStatFlushes.inc(),
    })
    this.#upstreams = new Upstreams({
      bootstrap,
      options,
      thread: this.thread,
      runtime: this.runtime,
      localInfo: this.localInfo,
      dnsCaches: loaded.dnsCaches,
      states: new ThreadSharedStates(deps.workerFactory.shared),
      shared,
      mergedStats: this.mergedStats,
      dynamic: this.dynamic,
      broadcast: async (order) => this.broadcast(order),
      forgetStats: (prefix) => this.#forgetStats(prefix),
      factoryContext: () => this.factoryContext(),
    })
    this.#sinks = new StatsSinks(bootstrap.statsSinks, this.thread.stats, bootstrap.stats, this.factoryContext())
  }

  get listenerManager(): ListenerManager {
    return this.#downstreams.listenerManager
  }

  get lds(): LdsApi {
    return this.#downstreams.lds
  }

  get clusterManager(): ClusterManager {
    return this.#upstreams.clusterManager
  }

  get dnsCacheManager(): DnsCacheManager {
    return this.#upstreams.dnsCacheManager
  }

  get cds(): CdsApi {
    return this.#upstreams.cds
  }

  get state(): ServerState {
    if (this.#initManager.state === 'initialized') return this.health.failed ? 'DRAINING' : 'LIVE'
    return this.#initManager.state === 'initializing' ? 'INITIALIZING' : 'PRE_INITIALIZING'
  }

  get hotRestarter(): HotRestarter | undefined {
    return this.#deps.hotRestarter
  }

  factoryContext(): FactoryContext {
    return this.thread.factoryContext({
      clusters: this.clusterManager.view,
      runtime: this.runtime,
      localInfo: this.localInfo,
      health: this.health,
      dnsCaches: this.#upstreams.dnsCaches,
    })
  }

  /** What the bootstrap holds, and what it subscribes to. Throws StartError. */
  loadStaticResources(): void {
    const { clusterManager, cds, listenerManager, lds, thread } = this
    loadResources(this.bootstrap, {
      clusterManager,
      cds,
      listenerManager,
      lds,
      initManager: this.#initManager,
      runtimeDiscovery: this.#runtimeDiscovery,
      logger: thread.log.logger('config'),
      wallNow: () => thread.dispatcher.wallNow,
    })
  }

  /** Waits for clusters and whatever else is still to come, then lets the workers accept. */
  run(): void {
    this.statsFlusher.start()
    this.hotRestart?.serve()
    this.#overload?.start()
    if (this.#overload?.settings.connections === undefined) warnOfNoConnectionLimit(this.#log, this.runtime)
    this.clusterManager.onInitialized(() => {
      this.#log.info('source/server/server.cc:1078', 'all clusters initialized. initializing init manager')
      this.#initManager.initialize(() => void this.#startWorkers())
    })
    this.#log.info('source/server/server.cc:1098', 'starting main dispatch loop')
  }

  async setHealthFailed(failed: boolean): Promise<void> {
    this.health.failed = failed
    this.#stats.live.set(failed ? 0 : 1)
    await this.broadcast({ kind: 'health.set', failed })
  }

  async reopenLogs(): Promise<void> {
    this.thread.reopenLogs()
    await this.broadcast({ kind: 'log.reopen' })
  }

  /** Resolves when every worker has done it. */
  async broadcast(order: Order): Promise<void> {
    await Promise.all(this.#deps.workerFactory.handles.map(async (handle) => handle.send(order)))
  }

  /** Stops all workers, gives requests in flight `graceMs`, and writes out what is buffered. */
  async shutdown(graceMs: number): Promise<void> {
    this.hotRestart?.shutDown()
    this.statsFlusher.stop()
    this.#stopGivingBack()
    this.#placement?.stop()
    this.runtime.close()
    this.#runtimeDiscovery.close()
    this.#downstreams.close()
    this.dynamic.close()
    this.#upstreams.close()
    this.#guardDogs.stop()
    this.#overload?.close()
    await this.broadcast({ kind: 'stop', graceMs })
    this.updateServerStats()
    this.#flushSinks()
    this.#sinks.close()
  }

  /** During a shutdown: what is still in flight is given up. */
  endGrace(): void {
    void this.broadcast({ kind: 'stop', graceMs: 0 })
  }

  updateServerStats(): void {
    const parent = this.#deps.hotRestarter === undefined ? 'none' : this.hotRestart?.parentStats
    this.status.update({ state: this.state, numConnections: this.numConnections(), parent })
  }

  /** Before somebody looks at the statistics outside of a flush. */
  async refreshStats(): Promise<void> {
    this.clusterManager.refreshStats()
    await this.statsFlusher.sync()
    this.updateServerStats()
  }

  /** Downstream connections of all workers; the admin's own are not counted. */
  numConnections(): number {
    let sum = 0
    for (const { config } of this.listenerManager.listeners()) {
      sum += this.mergedStats.gauge(`listener.${config.statPrefix}.downstream_cx_active`)?.value ?? 0
    }
    return sum
  }

  #flushSinks(): void {
    if (this.#sinks.isEmpty) return
    this.clusterManager.refreshStats()
    this.#sinks.flush(this.mergedStats, endpointNumbers(this.clusterManager.statusPerEndpoint()))
  }

  #forgetStats(prefix: string): void {
    this.thread.stats.forget(prefix)
    this.mergedStats.forget(prefix)
    this.#sinks.forget(prefix)
  }

  /** From what this process kept of a child that died, or from its parent, which has to answer while this starts. */
  #inheritSocket(address: string, workerIndex: number): number | BindFailure | undefined {
    const kept = this.hotRestart?.takeKeptSocket(address, workerIndex)
    const socket = kept ?? inheritedSocket(this.#deps.hotRestarter, address, workerIndex)
    if (typeof socket === 'object') this.#deps.onStartFailed(socket.message)
    return socket
  }

  async #startWorkers(): Promise<void> {
    if (this.#workersStarted) return
    this.#workersStarted = true
    // The garbage of a small start is not worth a moment; that of a large one would be there when serving begins.
    const isLarge = this.clusterManager.names().size >= LARGE_START
    if (isLarge) this.#stopGivingBack = givePagesBack(this.thread.dispatcher)
    await this.listenerManager.startWorkers()
    if (!isLarge) this.#stopGivingBack = givePagesBack(this.thread.dispatcher)
    this.#guardDogs.start()
    this.#placement = this.#placeWorkers()
    this.status.recordInitialization()
    await this.hotRestart?.takeOver()
    sendServingNotice()
    this.updateServerStats()
  }

  #placeWorkers(): WorkerPlacement | undefined {
    const scheduling = this.options.workerAffinity === 'auto' ? systemScheduling() : undefined
    const { threadIds } = this.#deps.workerFactory
    const { dispatcher } = this.thread
    return scheduling && new WorkerPlacement({ dispatcher, logger: this.#log, scheduling, threadIds })
  }
}
