/**
 * The server: composes every room on the main thread and owns the order in which things come to life and end (Envoy's
 * InstanceBase; the order of `initialize` is that of source/server/server.cc).
 */
import type { Logger } from '../api/log.ts'
import type { Options } from '../api/options.ts'
import type { ConfigSource } from '../api/subscription.ts'
import type { FactoryContext, LocalInfo } from '../api/extension.ts'
import { systemRandom } from '../event/random.ts'
import { LdsApi } from '../listener/lds-api.ts'
import { ListenerManager } from '../listener/listener-manager.ts'
import { ProdListenerComponentFactory } from '../listener/prod-listener-component-factory.ts'
import { createRouterStats } from '../router/router-stats.ts'
import { LayeredRuntime } from '../runtime/layered-runtime.ts'
import { MergedStats } from '../stats/merged-stats.ts'
import { SharedCounterAllocator } from '../stats/shared-counters.ts'
import { CdsApi } from '../upstream/cds-api.ts'
import { ClusterManager } from '../upstream/cluster-manager.ts'
import type { Bootstrap } from './bootstrap.ts'
import type { LoadedConfiguration } from './load-configuration.ts'
import { InitManager } from '../base/init-manager.ts'
import type { HotRestarter } from './hot_restart/hot-restarter.ts'
import type { ServerHotRestart } from './hot_restart/server-hot-restart.ts'
import { inheritedSocket, takeAdminAddress } from './hot_restart/server-hot-restart.ts'
import { sendServingNotice } from './hot_restart/serving-notice.ts'
import { DynamicResources } from './dynamic-resources.ts'
import { localInfo } from './local-info.ts'
import { ownAddress } from './own-address.ts'
import { logAfterListeners, logBeforeClusters, logBeforeListeners, runtimeText } from './start-up-lines.ts'
import { RuntimeDiscovery } from './runtime-discovery.ts'
import { StartError } from './start-error.ts'
import type { ServerStats } from './server-stats.ts'
import { createServerStats } from './server-stats.ts'
import { StatsFlusher } from './stats-flusher.ts'
import type { Thread } from './thread.ts'
import { createOverloadManager } from './overload/create-overload-manager.ts'
import type { OverloadManager } from './overload/overload-manager.ts'
import { NO_OVERLOAD_SETTINGS } from './overload/thread-overload.ts'
import { GuardDogs } from './watchdog/guard-dogs.ts'
import { VERSION_NUMBER } from './version.ts'
import type { ProdWorkerFactory } from './workers/prod-worker-factory.ts'
import type { Order } from './workers/worker-handle.ts'

/** What the server is told, all of it made before. */
export interface ServerDeps {
  readonly options: Options
  readonly thread: Thread
  readonly workerFactory: ProdWorkerFactory
  /** Undefined with --disable-hot-restart. */
  readonly hotRestarter: HotRestarter | undefined
}

export type ServerState = 'PRE_INITIALIZING' | 'INITIALIZING' | 'LIVE' | 'DRAINING'

/** Gauge `server.state`. */
const STATE_NUMBER: Readonly<Record<ServerState, number>> = {
  LIVE: 0,
  DRAINING: 1,
  PRE_INITIALIZING: 2,
  INITIALIZING: 3,
}

export class Server {
  readonly options: Options
  readonly thread: Thread
  readonly bootstrap: Bootstrap
  readonly mergedStats: MergedStats
  readonly localInfo: LocalInfo
  readonly runtime: LayeredRuntime
  readonly listenerManager: ListenerManager
  readonly lds: LdsApi
  readonly clusterManager: ClusterManager
  readonly cds: CdsApi
  readonly dynamic: DynamicResources
  readonly statsFlusher: StatsFlusher
  readonly health = { failed: false }
  readonly #deps: ServerDeps
  readonly #log: Logger
  readonly #initManager = new InitManager('Server')
  readonly #stats: ServerStats
  readonly #runtimeDiscovery: RuntimeDiscovery
  readonly #guardDogs: GuardDogs
  readonly #overload: OverloadManager | undefined
  /** Wall-clock ms. */
  readonly startedWall: number
  /** Wall-clock ms at which the first of this chain of hot restarts started. */
  readonly firstStartWall: number
  /** Set once before `run`; undefined with --disable-hot-restart. */
  hotRestart: ServerHotRestart | undefined = undefined
  /** Monotonic ms. */
  readonly #startedAt: number
  #workersStarted = false

  /** Everything up to the point where only time and other processes are waited for. Throws StartError. */
  constructor(deps: ServerDeps, loaded: Extract<LoadedConfiguration, { ok: true }>) {
    this.#deps = deps
    this.#startedAt = deps.thread.dispatcher.preciseNow()
    this.startedWall = deps.thread.dispatcher.wallNow
    this.options = deps.options
    this.thread = deps.thread
    this.bootstrap = loaded.bootstrap
    this.#log = this.thread.log.logger('main')
    const { root } = this.thread.stats
    const { bootstrap, options } = this

    this.mergedStats = new MergedStats(this.thread.stats, bootstrap.stats.accepts)
    this.#stats = createServerStats(root)
    this.#stats.live.set(1)
    this.#stats.concurrency.set(options.concurrency)
    this.#stats.version.set(bootstrap.statsServerVersionOverride ?? VERSION_NUMBER)
    this.#stats.staticUnknownFields.add(loaded.unknownFields)
    this.#stats.wipProtos.add(loaded.workInProgressUses)
    this.#countProcessStats()
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
    this.firstStartWall = takeAdminAddress(deps.hotRestarter) ?? this.startedWall
    this.runtime = new LayeredRuntime(bootstrap.runtime, {
      dispatcher: this.thread.dispatcher,
      scope: root,
      serviceCluster: this.localInfo.clusterName,
      logger: this.thread.log.logger('runtime'),
      onChange: () => void this.broadcast({ kind: 'runtime.set', values: this.runtime.valuesText() }),
    })
    root.counter('runtime.deprecated_feature_use').add(loaded.deprecatedUses)
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
    deps.workerFactory.settings = {
      overload: this.#overload?.settings ?? NO_OVERLOAD_SETTINGS,
      log: this.thread.log.settings(),
      logPath: options.logPath,
      fileFlushIntervalMs: options.fileFlushIntervalMs,
      fileFlushMinBytes: options.fileFlushMinBytes,
      localInfo: this.localInfo,
      runtimeValues: this.runtime.valuesText(),
      healthFailed: false,
      dispatcherStats: bootstrap.dispatcherStats,
      drainTimeS: options.drainTimeMs / 1000,
      drainStrategy: options.drainStrategy,
    }
    const shared = new SharedCounterAllocator()
    this.dynamic = new DynamicResources({
      options,
      thread: this.thread,
      localInfo: this.localInfo,
      contextFor: (clusterNames) => loaded.contextFor(clusterNames),
      clusterNames: () => this.clusterManager.names(),
      broadcast: (order) => void this.broadcast(order),
    })
    this.listenerManager = new ListenerManager({
      componentFactory: new ProdListenerComponentFactory(
        (address, index) =>
          this.hotRestart?.takeKeptSocket(address, index) ?? inheritedSocket(deps.hotRestarter, address, index),
      ),
      workerFactory: deps.workerFactory,
      concurrency: options.concurrency,
      dispatcher: this.thread.dispatcher,
      scope: root,
      logger: this.thread.log.logger('config'),
      shared,
      routes: this.dynamic.routes,
      initManager: this.#initManager,
      drainTimeMs: options.drainTimeMs,
    })
    this.lds = new LdsApi({
      manager: this.listenerManager,
      subscriptions: this.dynamic.subscriptions,
      scope: root,
      logger: this.thread.log.logger('upstream'),
      wallNow: () => this.thread.dispatcher.wallNow,
      parse: (message) => this.dynamic.parseListener(message),
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
      onDropped: () => this.#stats.droppedStatFlushes.inc(),
    })
    this.clusterManager = new ClusterManager({
      dispatcher: this.thread.dispatcher,
      scope: root,
      runtime: this.runtime,
      random: systemRandom,
      localInfo: this.localInfo,
      logger: (component) => this.thread.log.logger(component),
      shared,
      broadcast: (order) => this.broadcast(order),
      forgetStats: (prefix) => {
        this.thread.stats.forget(prefix)
        this.mergedStats.forget(prefix)
      },
      subscriptions: this.dynamic.subscriptions,
      allowUnsupported: options.allowUnsupportedFields,
    })
    this.cds = new CdsApi({
      manager: this.clusterManager,
      subscriptions: this.dynamic.subscriptions,
      scope: root,
      logger: this.thread.log.logger('upstream'),
      wallNow: () => this.thread.dispatcher.wallNow,
      parse: (message) => this.dynamic.parseCluster(message),
    })
  }

  get state(): ServerState {
    if (this.#initManager.state === 'initialized') return this.health.failed ? 'DRAINING' : 'LIVE'
    return this.#initManager.state === 'initializing' ? 'INITIALIZING' : 'PRE_INITIALIZING'
  }

  /** Seconds since the start. */
  get uptimeS(): number {
    return Math.floor((this.thread.dispatcher.preciseNow() - this.#startedAt) / 1000)
  }

  /** Seconds since the start of the first of this chain of hot restarts. */
  get uptimeAllEpochsS(): number {
    if (this.firstStartWall === this.startedWall) return this.uptimeS
    return Math.max(this.uptimeS, Math.floor((this.thread.dispatcher.wallNow - this.firstStartWall) / 1000))
  }

  get hotRestarter(): HotRestarter | undefined {
    return this.#deps.hotRestarter
  }

  /** What the start still waits for; nothing that could be waited for exists yet besides clusters, which Envoy leaves out. */
  unreadyTargets(): readonly { readonly name: string; readonly targetNames: readonly string[] }[] {
    const { unready } = this.#initManager
    return unready.length === 0 ? [] : [{ name: 'init manager Server', targetNames: unready }]
  }

  factoryContext(): FactoryContext {
    return this.thread.factoryContext({
      clusters: this.clusterManager.view,
      runtime: this.runtime,
      localInfo: this.localInfo,
      health: this.health,
    })
  }

  /** Static resources: clusters, then listeners, which are bound and do not listen yet. Throws StartError. */
  loadStaticResources(): void {
    const config = this.thread.log.logger('config')
    const { clusters, clusterMessages, listeners, listenerMessages } = this.bootstrap
    logBeforeClusters(config, clusters.length)
    const failure = this.clusterManager.addStaticClusters(clusters, clusterMessages)
    if (failure !== undefined) throw new StartError(failure)
    const { lds, cds } = this.bootstrap
    if (cds !== undefined) subscribe(this.cds, cds)
    logBeforeListeners(config, listeners.length)
    listeners.forEach((listener, index) => {
      const message = listenerMessages[index] ?? listener.json
      const added = this.listenerManager.addStaticListener(listener, message, this.thread.dispatcher.wallNow)
      if (!added.ok) throw new StartError(added.message)
    })
    logAfterListeners(config)
    if (lds !== undefined) {
      subscribe(this.lds, lds)
      this.#initManager.add(this.lds)
    }
    this.#runtimeDiscovery.start(() => this.clusterManager.start(cds === undefined ? undefined : this.cds))
  }

  /** Waits for clusters and whatever else is still to come, then lets the workers accept. */
  run(): void {
    this.statsFlusher.start()
    this.hotRestart?.serve()
    this.#overload?.start()
    if (this.#overload?.settings.connections === undefined) this.#warnOfNoConnectionLimit()
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
    this.runtime.close()
    this.#runtimeDiscovery.close()
    this.lds.close()
    this.cds.close()
    this.dynamic.routes.close()
    this.clusterManager.close()
    this.#guardDogs.stop()
    this.#overload?.close()
    await this.broadcast({ kind: 'stop', graceMs })
    this.updateServerStats()
  }

  /** During a shutdown: what is still in flight is given up. */
  endGrace(): void {
    void this.broadcast({ kind: 'stop', graceMs: 0 })
  }

  updateServerStats(): void {
    const memory = process.memoryUsage()
    const parent = this.hotRestart?.parentStats
    this.#stats.uptime.set(this.uptimeAllEpochsS)
    this.#stats.memoryAllocated.set(memory.heapUsed + memory.external + (parent?.memoryAllocated ?? 0))
    this.#stats.memoryHeapSize.set(memory.heapTotal)
    this.#stats.memoryPhysicalSize.set(memory.rss)
    this.#stats.state.set(STATE_NUMBER[this.state])
    this.#stats.totalConnections.set(this.numConnections() + (parent?.numConnections ?? 0))
    this.#stats.parentConnections.set(parent?.numConnections ?? 0)
  }

  /** Before somebody looks at the statistics outside of a flush. */
  async refreshStats(): Promise<void> {
    this.clusterManager.showStats()
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

  async #startWorkers(): Promise<void> {
    if (this.#workersStarted) return
    this.#workersStarted = true
    await this.listenerManager.startWorkers()
    this.#guardDogs.start()
    this.#stats.initializationTimeMs.record(this.thread.dispatcher.preciseNow() - this.#startedAt)
    await this.hotRestart?.takeOver()
    sendServingNotice()
    this.updateServerStats()
  }

  #warnOfNoConnectionLimit(): void {
    const old = this.runtime.current.get('overload.global_downstream_max_connections')
    if (old !== undefined) this.#log.warning('source/server/server.cc:961', OLD_CONNECTION_LIMIT)
    this.#log.warning('source/server/server.cc:1059', NO_CONNECTION_LIMIT)
  }

  /** Names that Envoy shows from the start and that nothing here can move yet. */
  #countProcessStats(): void {
    const { root } = this.thread.stats
    createRouterStats(root.scope('http.async-client'))
    root.gauge('envoy.overload_actions.reset_high_memory_stream.count', 'never')
    root.histogram('overload.refresh_interval_delay', 'ms')
  }
}

function subscribe(api: LdsApi | CdsApi, source: ConfigSource): void {
  const subscribed = api.subscribe(source)
  if (!subscribed.ok) throw new StartError(subscribed.message)
}

const OLD_CONNECTION_LIMIT =
  'Usage of the deprecated runtime key overload.global_downstream_max_connections, consider switching to ' +
  '`envoy.resource_monitors.global_downstream_max_connections` instead.This runtime key will be removed in future.'
const NO_CONNECTION_LIMIT =
  'There is no configured limit to the number of allowed active downstream connections. Configure a limit in ' +
  '`envoy.resource_monitors.global_downstream_max_connections` resource monitor.'
